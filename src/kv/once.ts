/**
 * Requests that may come again. One that bears a key of its client's takes effect once: what it was answered
 * is kept, with a hash of the request, and is the answer to every repetition; another request under
 * the same key is refused. Both are decided here, at apply, from the replicated state alone: so it
 * does not matter which replica a repetition comes to, nor who leads by then.
 *
 * An answer is kept for `keepMs` of cluster time, never less. Where there is no room for one more, the
 * request is refused and nothing is done: an answer is never dropped early.
 */
import { decodeAnswer, encodeAnswer } from './answer-codec.ts';
import type { Answer, KeptAnswer } from './answer.ts';
import type { Applied, View, Write } from './apply.ts';
import { ByteReader, ByteWriter, countLength } from './bytes.ts';
import type { Key } from './key.ts';
import type { KeyRange } from './prefix.ts';
import { systemItem } from './system-item.ts';
import { nameOf, systemKey } from './system-key.ts';

export interface Once {
  /** Bytes, from 1 to `MAX_ONCE_KEY_BYTES` of them. */
  readonly key: string;
  /** Of everything that makes the request what it is. */
  readonly hash: Uint8Array;
}

export interface OnceLimits {
  readonly keepMs: number;
  readonly entries: number;
  /** Of keys and answers. */
  readonly bytes: number;
}

/** The same on every replica, or they would come to different states. */
export const DEFAULT_ONCE_LIMITS: OnceLimits = {
  keepMs: 600_000,
  entries: 10_000_000,
  bytes: 4_294_967_296,
};

export const MAX_ONCE_KEY_BYTES = 255;
export const HASH_BYTES = 32;
/** A longer answer is kept without what it had read. */
export const MAX_KEPT_BYTES = 65_536;
/** Of answers that are due, so many go with each one that comes. */
export const MAX_DUE = 8;

const KEPT = 'o';
const QUEUE = 'q';
const COUNTERS: Key = systemKey('c');
const TIME_BYTES = 8;
const BYTE = 256;

/** What is kept, and the time until which it is. */
interface Kept {
  readonly hash: Uint8Array;
  readonly untilMs: number;
  readonly isCut: boolean;
  readonly answer: KeptAnswer;
  readonly bytes: number;
}

interface Counters {
  readonly entries: number;
  readonly bytes: number;
  /** Nothing is due before. */
  readonly dueMs: number;
}

/** As `Applied`, of a request that bears a key. */
export interface OnceApplied {
  readonly writes: readonly Write[];
  readonly answer: Answer;
}

const NO_COUNTERS: Counters = { entries: 0, bytes: 0, dueMs: 0 };

/** What the store says of a request that bears a key, before it is applied. */
export type OnceJudged =
  | { readonly type: 'new' }
  | { readonly type: 'known'; readonly answer: Answer };

/** `timeMs`: cluster time of the slot. */
export function judgeOnce(
  view: Pick<View, 'item'>,
  once: Once,
  { revision, timeMs }: { readonly revision: number; readonly timeMs: number },
): OnceJudged {
  const kept = keptOf(view, once.key);
  if (kept === undefined || kept.untilMs <= timeMs) return { type: 'new' };
  if (!isSame(kept.hash, once.hash)) return known({ type: 'onceMismatch', revision });
  const { answer, isCut } = kept;
  return known({ type: 'replayed', revision, answer, isCut });
}

function known(answer: Answer): OnceJudged {
  return { type: 'known', answer };
}

/** The range of what may be due, to be read beforehand; `undefined`: nothing is. */
export function dueRange(view: Pick<View, 'item'>, timeMs: number): KeyRange | undefined {
  const { dueMs, entries } = countersOf(view);
  if (entries === 0 || dueMs > timeMs) return undefined;
  return { start: queueKey(0, ''), end: systemKey(`${QUEUE}${'\xff'.repeat(TIME_BYTES)}`) };
}

/**
 * The result of a new request, with its answer kept, and what is due let go of. `queue`: the first keys of
 * `dueRange`, up to `MAX_DUE` and one more; none where that is `undefined`.
 */
export function keepOnce(
  view: Pick<View, 'item'>,
  once: Once,
  applied: Applied,
  at: {
    readonly revision: number;
    readonly timeMs: number;
    readonly queue: readonly Key[];
    readonly limits: OnceLimits;
  },
): OnceApplied {
  const { limits, queue, timeMs } = at;
  const revision = at.revision + 1;
  const writes: Write[] = [...applied.writes];
  const write = (key: Key, value: Uint8Array | undefined): void => {
    const item = value === undefined ? undefined : systemItem(view.item(key), value, revision);
    writes.push({ key, item });
  };
  const counters = letGo(view, once.key, at, write);
  const answer = { ...applied.answer, revision };
  const untilMs = Math.ceil(timeMs + limits.keepMs);
  const kept = encodeKept(once.hash, untilMs, answer);
  const bytes = counters.bytes + once.key.length + kept.length;
  const isFull = counters.entries >= limits.entries || bytes > limits.bytes;
  if (isFull) return { writes: [], answer: { type: 'onceFull', revision: at.revision } };
  write(recordKey(once.key), kept);
  write(queueKey(untilMs, once.key), new Uint8Array());
  const [left] = queue.filter((queued, at) => at >= MAX_DUE || untilOf(queued) > timeMs);
  const isUnread = queue.length === 0 && counters.entries > 0;
  const nextMs = isUnread ? counters.dueMs : untilMs;
  const dueMs = left === undefined ? nextMs : untilOf(left);
  write(COUNTERS, encodeCounters({ entries: counters.entries + 1, bytes, dueMs }));
  return { writes, answer };
}

/** What is due, at most `MAX_DUE` of it, and what stood there under this key. */
function letGo(
  view: Pick<View, 'item'>,
  own: string,
  { queue, timeMs }: { readonly queue: readonly Key[]; readonly timeMs: number },
  write: (key: Key, value: Uint8Array | undefined) => void,
): Counters {
  let { bytes, entries } = countersOf(view);
  const { dueMs } = countersOf(view);
  const gone = new Set<string>();
  const forget = (key: string): void => {
    const kept = gone.has(key) ? undefined : keptOf(view, key);
    if (kept === undefined) return;
    gone.add(key);
    entries -= 1;
    bytes -= key.length + kept.bytes;
    write(queueKey(kept.untilMs, key), undefined);
    // Its record is written anew at once.
    if (key !== own) write(recordKey(key), undefined);
  };
  for (const queued of queue.slice(0, MAX_DUE)) {
    if (untilOf(queued) <= timeMs) forget(nameOf(queued).slice(1 + TIME_BYTES));
  }
  forget(own);
  return { entries, bytes, dueMs };
}

/** An answer too long to be kept is kept without what it had read. */
function encodeKept(hash: Uint8Array, untilMs: number, answer: KeptAnswer): Uint8Array {
  const whole = encodeAnswer(answer);
  const isCut = whole.length > MAX_KEPT_BYTES;
  const bytes = isCut ? encodeAnswer(cut(answer)) : whole;
  const writer = new ByteWriter(HASH_BYTES + countLength(untilMs) + 1 + bytes.length);
  writer.writeBytes(hash);
  writer.writeCount(untilMs);
  writer.writeByte(isCut ? 1 : 0);
  writer.writeBytes(bytes);
  return writer.finish();
}

function cut(answer: KeptAnswer): KeptAnswer {
  if (answer.type === 'transaction') return { ...answer, results: [] };
  if (answer.type === 'put') {
    const { prev: _, ...rest } = answer;
    return rest;
  }
  if (answer.type === 'deleted') {
    const { prev: _, ...rest } = answer;
    return rest;
  }
  if (answer.type === 'guardsFailed') return { ...answer, failed: [] };
  return answer;
}

function keptOf(view: Pick<View, 'item'>, key: string): Kept | undefined {
  const item = view.item(recordKey(key));
  if (item === undefined) return undefined;
  const reader = new ByteReader(item.value, 'kept answer');
  const hash = reader.readBytes(HASH_BYTES);
  const untilMs = reader.readCount();
  const isCut = reader.readByte() === 1;
  const answer = decodeAnswer(reader.readBytes(reader.remaining));
  return { hash, untilMs, isCut, answer, bytes: item.value.length };
}

function countersOf(view: Pick<View, 'item'>): Counters {
  const item = view.item(COUNTERS);
  if (item === undefined) return NO_COUNTERS;
  const reader = new ByteReader(item.value, 'counters');
  return { entries: reader.readCount(), bytes: reader.readCount(), dueMs: reader.readCount() };
}

function encodeCounters({ bytes, dueMs, entries }: Counters): Uint8Array {
  const length = countLength(entries) + countLength(bytes) + countLength(dueMs);
  const writer = new ByteWriter(length);
  writer.writeCount(entries);
  writer.writeCount(bytes);
  writer.writeCount(dueMs);
  return writer.finish();
}

function recordKey(key: string): Key {
  return systemKey(KEPT + key);
}

/** In the order of time. */
function queueKey(untilMs: number, key: string): Key {
  let time = '';
  let rest = untilMs;
  for (let left = TIME_BYTES; left > 0; left -= 1) {
    time = String.fromCharCode(rest % BYTE) + time;
    rest = Math.floor(rest / BYTE);
  }
  return systemKey(QUEUE + time + key);
}

function untilOf(queued: Key): number {
  let untilMs = 0;
  const name = nameOf(queued);
  for (let at = 1; at <= TIME_BYTES; at += 1) untilMs = untilMs * BYTE + name.charCodeAt(at);
  return untilMs;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
