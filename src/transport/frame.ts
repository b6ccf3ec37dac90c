/**
 * One frame is one line (docs/peers.md):
 *
 *   {"mac":"<64 hex digits>","frame":{"version":5,"cluster":..,"from":..,...,"body":{..}}}\n
 *
 * The MAC is over the exact bytes of the frame's JSON text, as they stand in the line. So it is
 * checked before anything is parsed, and there is no second way to write the same frame.
 */
import { Buffer } from 'node:buffer';
import {
  createHash,
  createHmac,
  createSecretKey,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Incarnation } from '../paxos/membership.ts';
import { MAX_REPLICA_ID } from './limits.ts';
import type { Testimony } from './network.ts';
import type { RefusalReason } from './refusal.ts';
import { exactFields, hex128, hex128OrEmpty, integer, Malformed, refuse } from './shape.ts';

export const WIRE_VERSION = 5;
export const MIN_SECRET_BYTES = 16;

export interface FrameHeader {
  /** Empty while the sender has no genesis. */
  readonly cluster: string;
  readonly from: ReplicaId;
  readonly fromIncarnation: Incarnation;
  readonly to: ReplicaId;
  /** Empty where the sender does not know it yet. */
  readonly toIncarnation: Incarnation;
  readonly said: Testimony;
}

export interface Envelope extends FrameHeader {
  /** Not looked at yet. */
  readonly body: unknown;
}

const MAC_START = '{"mac":"';
const MAC_CHARS = 64;
const MAC_END = '","frame":';
const FRAME_AT = MAC_START.length + MAC_CHARS + MAC_END.length;
const NEWLINE = 0x0a;
const CLOSING_BRACE = 0x7d;
const NO_SECRET = 'synod peers without a secret';

/**
 * The key of the MAC is the secret itself. Without one, on loopback only, it is a fixed key that
 * anybody can compute: it guards against damage, not against an attacker.
 */
export function macKey(secret: Buffer | undefined): KeyObject {
  if (secret === undefined) return createSecretKey(createHash('sha256').update(NO_SECRET).digest());
  if (secret.length < MIN_SECRET_BYTES) {
    throw new Error(`the peers' secret must have at least ${MIN_SECRET_BYTES} bytes`);
  }
  return createSecretKey(secret);
}

function macOf(key: KeyObject, frame: Buffer): string {
  return createHmac('sha256', key).update(frame).digest('hex');
}

/** The whole line, with its end. `body` is JSON text in UTF-8. */
export function sealFrame(key: KeyObject, header: FrameHeader, body: Buffer): Buffer {
  const head =
    `{"version":${WIRE_VERSION},"cluster":"${header.cluster}","from":${header.from},` +
    `"fromIncarnation":"${header.fromIncarnation}","to":${header.to},` +
    `"toIncarnation":"${header.toIncarnation}","sequence":${header.said.sequence},` +
    `"witnessed":${header.said.witnessed},"body":`;
  const frameEnd = FRAME_AT + head.length + body.length + 1;
  const line = Buffer.allocUnsafe(frameEnd + 2);
  line.write(head, FRAME_AT, 'latin1');
  body.copy(line, FRAME_AT + head.length);
  line[frameEnd - 1] = CLOSING_BRACE;
  const mac = macOf(key, line.subarray(FRAME_AT, frameEnd));
  line.write(`${MAC_START}${mac}${MAC_END}`, 0, 'latin1');
  line[frameEnd] = CLOSING_BRACE;
  line[frameEnd + 1] = NEWLINE;
  return line;
}

/** How long a frame's line can be beyond its body, whatever its header. */
export const MAX_FRAMING_BYTES = 512;

/** `line` without its end. */
export function openFrame(key: KeyObject, line: Buffer): Envelope | RefusalReason {
  const frameEnd = line.length - 1;
  if (frameEnd <= FRAME_AT || line[frameEnd] !== CLOSING_BRACE) return 'badFrame';
  if (line.toString('latin1', 0, MAC_START.length) !== MAC_START) return 'badFrame';
  if (line.toString('latin1', FRAME_AT - MAC_END.length, FRAME_AT) !== MAC_END) return 'badFrame';
  const frame = line.subarray(FRAME_AT, frameEnd);
  const given = line.subarray(MAC_START.length, MAC_START.length + MAC_CHARS);
  const expected = Buffer.from(macOf(key, frame), 'latin1');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'badMac';
  return parseEnvelope(frame);
}

const ENVELOPE_FIELDS = [
  'version',
  'cluster',
  'from',
  'fromIncarnation',
  'to',
  'toIncarnation',
  'sequence',
  'witnessed',
  'body',
] as const;

function parseEnvelope(frame: Buffer): Envelope | RefusalReason {
  try {
    const value: unknown = JSON.parse(frame.toString());
    if (!hasOurVersion(value)) return 'badVersion';
    const fields = exactFields(value, ENVELOPE_FIELDS);
    return {
      cluster: hex128OrEmpty(fields.cluster),
      from: integer(fields.from, 1, MAX_REPLICA_ID),
      fromIncarnation: hex128(fields.fromIncarnation),
      to: integer(fields.to, 1, MAX_REPLICA_ID),
      toIncarnation: hex128OrEmpty(fields.toIncarnation),
      said: { sequence: integer(fields.sequence, 0), witnessed: integer(fields.witnessed, 0) },
      body: fields.body,
    };
  } catch (error) {
    if (error instanceof Malformed || error instanceof SyntaxError) return 'badFrame';
    throw error;
  }
}

/** Looked at first: another version's frame may have other members. */
function hasOurVersion(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('version' in value)) {
    return refuse('no version');
  }
  return value.version === WIRE_VERSION;
}
