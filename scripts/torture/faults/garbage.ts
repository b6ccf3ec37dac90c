/** What no peer would say, to be put to a peer port, and what it is to answer (docs/peers.md). */
import type { Random } from '../../../src/simulation/random.ts';
import { STREAM_PATH } from '../../../src/transport/routes.ts';
import { headOf, posted } from './peer-request.ts';

export interface Garbage {
  readonly name: string;
  readonly bytes: Buffer;
  readonly status: number;
}

const FEW_BYTES = 512;
const LONG_LINE_BYTES = 70_000;
const LONG_HEADER_CHARS = 10_000;
const MAC_CHARS = 64;
const HIGHEST_BYTE = 255;

export function drawGarbage(random: Random): readonly Garbage[] {
  const draw = (): number => random.between(0, HIGHEST_BYTE);
  const noise = Buffer.from(Array.from({ length: FEW_BYTES }, draw));
  const line = Buffer.concat([noise, Buffer.from('\n')]);
  const frame = Buffer.from(`{"mac":"${'0'.repeat(MAC_CHARS)}","frame":{"version":5}}\n`);
  const headers = `Padding: ${'a'.repeat(LONG_HEADER_CHARS)}\r\n`;
  return [
    { name: 'noise', bytes: noise, status: 400 },
    { name: 'a line of noise', bytes: onStream(line), status: 400 },
    { name: 'a frame of nobody', bytes: onStream(frame), status: 401 },
    { name: 'a long line', bytes: onStream(Buffer.alloc(LONG_LINE_BYTES, 'a')), status: 413 },
    { name: 'long headers', bytes: headOf({ path: STREAM_PATH, headers }), status: 431 },
    { name: 'no such path', bytes: headOf({ path: '/v1/kv/key' }), status: 404 },
    { name: 'another method', bytes: headOf({ path: STREAM_PATH, method: 'GET' }), status: 405 },
  ];
}

function onStream(body: Buffer): Buffer {
  return posted(STREAM_PATH, body);
}
