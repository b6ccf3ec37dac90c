/** A client that sends bytes as they are, and reads one answer. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  /** Names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
  /** 100 Continue came first. */
  readonly continued: boolean;
  readonly isClosed: boolean;
}

export interface RawOptions {
  /** Ends the sending side behind the bytes. */
  readonly halfClose?: boolean;
  readonly limitMs?: number;
  /** The answer has no body whatever its Content-Length: that to HEAD. */
  readonly isHead?: boolean;
}

const NO_ANSWER: RawAnswer = {
  status: 0,
  fields: new Map(),
  body: '',
  continued: false,
  isClosed: true,
};

/** Strings are one byte a character. Rejects when neither an answer nor an end comes in time. */
export function sendRaw(
  port: number,
  bytes: string | Buffer,
  options: RawOptions = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error('neither an answer nor an end came in time'));
    }, options.limitMs ?? 5000);
    let received = '';
    const finish = (isClosed: boolean): void => {
      const answer = parseAnswer(received, isClosed, options.isHead === true);
      if (answer === undefined && !isClosed) return;
      clearTimeout(timer);
      socket.destroy();
      resolve(answer ?? NO_ANSWER);
    };
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      received += text;
      finish(false);
    });
    socket.on('error', () => {});
    socket.on('close', () => finish(true));
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    if (options.halfClose === true) socket.end(buffer);
    else socket.write(buffer);
  });
}

/** `undefined`: not whole yet. */
export function parseAnswer(
  received: string,
  isClosed: boolean,
  isHead: boolean,
): RawAnswer | undefined {
  let text = received;
  const continued = text.startsWith('HTTP/1.1 100 ');
  if (continued) text = text.slice(text.indexOf('\r\n\r\n') + 4);
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const length = isHead ? 0 : Number(fields.get('content-length') ?? 0);
  const body = text.slice(headEnd + 4, headEnd + 4 + length);
  if (body.length < length) return undefined;
  return { status: Number(statusLine.split(' ')[1]), fields, body, continued, isClosed };
}

/** A connection that is left open. */
export function openSocket(port: number, bytes = ''): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      if (bytes !== '') socket.write(Buffer.from(bytes, 'latin1'));
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

export interface CallOptions {
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request with its Host and length, and the answer to it. */
export function call(
  port: number,
  method: string,
  target: string,
  options: CallOptions = {},
): Promise<RawAnswer> {
  const lines = Object.entries(options.fields ?? {}).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const length = options.body === undefined ? '' : `Content-Length: ${options.body.length}\r\n`;
  const head = `${method} ${target} HTTP/1.1\r\nHost: a\r\n${lines.join('')}${length}\r\n`;
  return sendRaw(port, head + (options.body ?? ''), { isHead: method === 'HEAD' });
}
