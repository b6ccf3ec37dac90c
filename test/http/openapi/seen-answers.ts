/**
 * All answers of all servers of this process, as they are written, each held against the document,
 * until it is left.
 * What is written to a socket by hand, before there is a request, is not among them.
 */
import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { faultsOf } from './api-document.ts';

/** Of a body; of a longer one, only the head is looked at. */
const MAX_BYTES = 1_048_576;
const REQUESTS = 'http.server.request.start';

export class SeenAnswers {
  readonly faults: string[] = [];
  count = 0;
  readonly #onRequest = (message: unknown): void => {
    if (isExchange(message)) this.#follow(message.request, message.response);
  };

  watch(): void {
    diagnostics.subscribe(REQUESTS, this.#onRequest);
  }

  leave(): void {
    diagnostics.unsubscribe(REQUESTS, this.#onRequest);
  }

  #follow(request: IncomingMessage, response: ServerResponse): void {
    // The gate puts the path of the route in its place.
    const { method = '', url: target = '' } = request;
    const body = new Body();
    const head: string[] = [];
    const end = response.end.bind(response);
    const write = response.write.bind(response);
    const writeHead = response.writeHead.bind(response);
    Object.assign(response, {
      writeHead(status: number, fields: readonly string[]) {
        head.push(...fields);
        return Reflect.apply(writeHead, undefined, [status, fields]);
      },
      write(...parts: unknown[]) {
        body.add(parts);
        return Reflect.apply(write, undefined, parts);
      },
      end(...parts: unknown[]) {
        body.add(parts);
        return Reflect.apply(end, undefined, parts);
      },
    });
    response.once('close', () => {
      if (!response.headersSent) return;
      const seen = { method, target, status: response.statusCode, fields: fieldsOf(head) };
      this.count += 1;
      this.faults.push(...faultsOf({ ...seen, body: body.text }));
    });
  }
}

class Body {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  add([chunk, encoding]: readonly unknown[]): void {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const isLatin1 = encoding === 'latin1';
    const bytes =
      typeof chunk === 'string' ? Buffer.from(chunk, isLatin1 ? 'latin1' : 'utf8') : chunk;
    this.#bytes += bytes.length;
    if (this.#bytes <= MAX_BYTES) this.#chunks.push(Buffer.from(bytes));
  }

  get text(): string | undefined {
    return this.#bytes <= MAX_BYTES ? Buffer.concat(this.#chunks).toString('latin1') : undefined;
  }
}

function fieldsOf(head: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < head.length; at += 2) {
    fields.set((head[at] ?? '').toLowerCase(), head[at + 1] ?? '');
  }
  return fields;
}

function isExchange(
  message: unknown,
): message is { readonly request: IncomingMessage; readonly response: ServerResponse } {
  return typeof message === 'object' && message !== null && 'request' in message;
}
