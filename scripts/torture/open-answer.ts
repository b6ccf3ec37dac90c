/** Answers that go on, such as a watch: each on a connection of its own, until somebody ends it. */
import { Client } from 'undici';
import {
  CONNECT_MS,
  neverSent,
  outcomeOf,
  singles,
  WrongAnswer,
  type Outcome,
  type Request,
} from './client.ts';

export interface OpenAnswer {
  readonly type: 'open';
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Throws where the connection breaks, or was closed. */
  readonly chunks: AsyncIterable<Uint8Array>;
  close(): void;
}

export type Opened = OpenAnswer | Exclude<Outcome, { type: 'ok' }>;

const HEAD_LIMIT_MS = 3_000;

/** Resolves when the head is there. */
export async function openAnswer(url: string, request: Request): Promise<Opened> {
  const connection = new Client(url, { connect: { timeout: CONNECT_MS }, bodyTimeout: 0 });
  const opened = await begin(connection, request);
  if (opened.type !== 'open') await connection.destroy();
  return opened;
}

async function begin(connection: Client, request: Request): Promise<Opened> {
  const { method, path, headers, limitMs: headersTimeout = HEAD_LIMIT_MS } = request;
  try {
    const options = { method, path, headers: headers ?? {}, headersTimeout };
    const { statusCode: status, headers: got, body } = await connection.request(options);
    const answered = singles(got);
    if (status < 300) {
      return {
        type: 'open',
        headers: answered,
        chunks: body,
        close: () => void connection.destroy(),
      };
    }
    const outcome = outcomeOf(request, { status, headers: answered, body: await body.text() });
    if (outcome.type === 'ok') throw new WrongAnswer(`a stream was answered with ${status}`);
    return outcome;
  } catch (error) {
    if (error instanceof WrongAnswer) throw error;
    return { type: neverSent(error) ? 'fail' : 'unknown', why: String(error) };
  }
}
