/** What stands at the front of a frame's line, read without parsing it (docs/peers.md). */
import type { Buffer } from 'node:buffer';

/** All that comes before the body's second member. */
const HEAD_BYTES = 1_024;
const FROM =
  /^\{"mac":"[^"]{64}","frame":\{"version":[0-9]+,"cluster":"[0-9a-f]*","from":([0-9]+),/;
const TYPE = /"body":\{"type":"([A-Za-z]+)"/;

/** Who says it; `undefined`: it is no frame. */
export function senderOf(line: Buffer): number | undefined {
  const from = FROM.exec(line.toString('latin1', 0, HEAD_BYTES))?.[1];
  return from === undefined ? undefined : Number(from);
}

/** Of its body; empty where there is none. */
export function bodyTypeOf(line: Buffer): string {
  return TYPE.exec(line.toString('latin1', 0, HEAD_BYTES))?.[1] ?? '';
}
