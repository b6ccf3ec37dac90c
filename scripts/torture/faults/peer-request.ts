/** A request at a peer port over a connection of its own, and the status of what it answers. */
import { connect } from 'node:net';
import type { TortureReplica } from '../replica.ts';
import { STREAM_TYPE } from '../../../src/transport/routes.ts';

const ANSWER_LIMIT_MS = 10_000;
const STATUS = /^HTTP\/1\.1 ([0-9]{3}) /;

export interface RequestHead {
  readonly path: string;
  readonly method?: string;
  /** More of them, each with its line end. */
  readonly headers?: string;
}

export function headOf({ headers = '', method = 'POST', path }: RequestHead): Buffer {
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: peer\r\n${headers}\r\n`, 'latin1');
}

export function posted(path: string, body: Buffer): Buffer {
  const headers = `Content-Type: ${STREAM_TYPE}\r\nContent-Length: ${body.length}\r\n`;
  return Buffer.concat([headOf({ path, headers }), body]);
}

/** `undefined`: the connection ended, or nothing came, without an answer. */
export function statusOfAnswer(
  replica: TortureReplica,
  bytes: Buffer,
): Promise<number | undefined> {
  const { host = '127.0.0.1', peerPort } = replica.plan;
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(peerPort, host);
    const timer = setTimeout(() => socket.destroy(), ANSWER_LIMIT_MS);
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (text: string) => {
      answer += text;
      if (STATUS.test(answer)) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      const found = STATUS.exec(answer)?.[1];
      resolve(found === undefined ? undefined : Number(found));
    });
  });
}
