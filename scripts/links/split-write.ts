/** Bytes that leave one by one, so that whoever reads them sees a message split at every place. */
import { Buffer } from 'node:buffer';
import type { ClientRequest, OutgoingMessage } from 'node:http';

/** The front of a longer message is split, and its rest comes at once: each piece costs time. */
const MAX_SPLIT_BYTES = 1_024;
const CHUNK_OF_ONE = '1\r\n?\r\n';
const AT_BYTE = CHUNK_OF_ONE.indexOf('?');

/**
 * Each a chunk of its own in the request's body; whoever reads is told of each. The chunks are
 * handed to the socket as one write, since a thousand of them block the loop for milliseconds. False:
 * the socket is full, until it says `drain`.
 */
export function writeSplit(out: ClientRequest, bytes: Buffer): boolean {
  const { socket } = out;
  if (socket === null || socket.connecting || !out.chunkedEncoding) return writeSlowly(out, bytes);
  return socket.write(chunksOf(bytes));
}

/** Each a write of its own, as the body need not be chunked; then the body ends. */
export function endSplit(out: OutgoingMessage, bytes: Buffer): void {
  const pieces = piecesOf(bytes).values();
  const next = (): void => {
    const { value, done } = pieces.next();
    if (out.destroyed) return;
    if (done === true) return void out.end();
    out.write(value);
    setImmediate(next);
  };
  next();
}

function writeSlowly(out: ClientRequest, bytes: Buffer): boolean {
  let takesMore = true;
  for (const piece of piecesOf(bytes)) takesMore = out.write(piece);
  return takesMore;
}

function piecesOf(bytes: Buffer): readonly Buffer[] {
  const count = Math.min(bytes.length, MAX_SPLIT_BYTES);
  const pieces = Array.from({ length: count }, (_, at) => bytes.subarray(at, at + 1));
  return count === bytes.length ? pieces : [...pieces, bytes.subarray(count)];
}

/** In the form of HTTP's chunked bodies. */
function chunksOf(bytes: Buffer): Buffer {
  const front = bytes.subarray(0, MAX_SPLIT_BYTES);
  const chunks = Buffer.from(CHUNK_OF_ONE.repeat(front.length), 'latin1');
  for (const [at, byte] of front.entries()) chunks[at * CHUNK_OF_ONE.length + AT_BYTE] = byte;
  const rest = bytes.subarray(front.length);
  if (rest.length === 0) return chunks;
  const head = Buffer.from(`${rest.length.toString(16)}\r\n`, 'latin1');
  return Buffer.concat([chunks, head, rest, Buffer.from('\r\n', 'latin1')]);
}
