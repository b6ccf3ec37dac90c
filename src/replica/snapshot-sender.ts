/**
 * Sends the state to peers whose logs end below ours. Each gets the view of one moment, chunk by
 * chunk, as it asks: so nothing is held in memory but one chunk. Reads are paced, and the loop never
 * waits for them. A chunk can be asked for again; what is further back cannot.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import { encodeRecords, bytesOf, firstDigest, nextDigest } from '../storage/snapshot-chunk.ts';
import type { StatePart, StateView } from '../storage/state-view.ts';
import type { SnapshotAnswer, SnapshotRequest } from '../transport/network.ts';
import type { SendingFact } from './happening.ts';
import type { SnapshotLimits } from './limits.ts';
import type { Clock } from './ports.ts';

export interface SnapshotSenderOptions {
  /** `undefined`: there is no state yet. */
  readonly openView: () => StateView | undefined;
  /** A read begins; the returned function says that it has ended. */
  readonly watchDisk: () => () => void;
  readonly clock: Clock;
  readonly limits: SnapshotLimits;
  /** 32 hexadecimal digits, never drawn before. */
  readonly drawId: () => string;
  /** A piece of the state at this slot goes to the peer. */
  readonly onSent: (to: ReplicaId, slot: Slot) => void;
  /** The first piece of it is asked for, or the last one goes. */
  readonly onSending: (fact: SendingFact, to: ReplicaId, slot: Slot) => void;
  /** The disk failed: the process must end. */
  readonly onFatal: (error: Error) => void;
}

type Done = (answer: SnapshotAnswer | undefined) => void;

/** Where a chunk begins: what was sent before it. */
interface Position {
  readonly index: number;
  readonly after: Uint8Array;
  readonly digest: string;
  readonly records: number;
  readonly bytes: number;
}

interface Sending {
  readonly to: ReplicaId;
  readonly id: string;
  readonly view: StateView;
  /** Of the chunk that was sent last, which may be asked for again, and of the next one. */
  last: Position;
  next: Position;
  usedAtMs: number;
  /** The last chunk was sent: it is held in case that it is asked for again. */
  isDone: boolean;
  waiting: { readonly request: SnapshotRequest; readonly done: Done } | undefined;
}

/** What a snapshot is at, for an operator. */
export interface Sent {
  readonly to: ReplicaId;
  readonly slot: Slot;
  readonly records: number;
  readonly bytes: number;
}

const NOTHING = new Uint8Array(0);

export class SnapshotSender {
  readonly #options: SnapshotSenderOptions;
  readonly #sendings = new Map<ReplicaId, Sending>();
  #freeAtMs = Number.NEGATIVE_INFINITY;
  #isReading = false;
  #isClosed = false;

  constructor(options: SnapshotSenderOptions) {
    this.#options = options;
  }

  get sent(): readonly Sent[] {
    return Array.from(this.#sendings, ([to, { view, next }]) => {
      return { to, slot: view.slot, records: next.records, bytes: next.bytes };
    });
  }

  /** Answers later, as soon as the pace allows. `undefined`: too many are being served. */
  serve(from: ReplicaId, request: SnapshotRequest, done: Done): void {
    if (this.#isClosed) return done(undefined);
    const known = this.#sendings.get(from);
    if (request.id === '') return this.#begin(from, request, done);
    if (known?.id !== request.id || positionOf(known, request) === undefined) {
      return done({ type: 'snapshotGone' });
    }
    this.#queue(known, request, done);
  }

  /** Reads what was asked for, as fast as it may; lets go of what nobody asks for. */
  tick(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const [to, sending] of this.#sendings) {
      const isIdle = nowMs - sending.usedAtMs >= this.#options.limits.idleMs;
      if (isIdle && sending.waiting === undefined) this.#end(to);
    }
    this.#readNext(nowMs);
  }

  #readNext(nowMs: number): void {
    if (this.#isReading || nowMs < this.#freeAtMs) return;
    for (const [to, sending] of this.#sendings) {
      if (sending.waiting === undefined) continue;
      // Whoever was served last comes last.
      this.#sendings.delete(to);
      this.#sendings.set(to, sending);
      this.#read(sending, sending.waiting);
      return;
    }
  }

  /** Nobody is answered any more but by `undefined`. */
  close(): void {
    this.#isClosed = true;
    for (const to of this.#sendings.keys()) this.#end(to);
  }

  /** A peer has one at a time: that it begins anew ends the one before. */
  #begin(from: ReplicaId, request: SnapshotRequest, done: Done): void {
    this.#end(from);
    const { drawId, limits, onFatal, openView } = this.#options;
    this.#makeRoom();
    if (this.#sendings.size >= limits.sent) return done(undefined);
    let view: StateView | undefined;
    try {
      view = openView();
    } catch (error) {
      return onFatal(error instanceof Error ? error : new Error(String(error)));
    }
    if (view === undefined || view.slot <= request.above) {
      view?.close();
      return done({ type: 'snapshotBehind', appliedUpTo: view?.slot ?? 0 });
    }
    if (view.epoch < request.epoch) {
      // Who joined in a later epoch cannot begin with it.
      view.close();
      return done(undefined);
    }
    const id = drawId();
    const digest = firstDigest(id, view.slot);
    const start = { index: 0, after: NOTHING, digest, records: 0, bytes: 0 };
    const place = { last: start, next: start, usedAtMs: 0, isDone: false, waiting: undefined };
    const sending: Sending = { to: from, id, view, ...place };
    this.#sendings.set(from, sending);
    this.#options.onSending('begun', from, view.slot);
    this.#queue(sending, request, done);
  }

  /** A snapshot that was sent whole makes room for another one. */
  #makeRoom(): void {
    for (const [to, { isDone }] of this.#sendings) {
      if (this.#sendings.size < this.#options.limits.sent) return;
      if (isDone) this.#end(to);
    }
  }

  #queue(sending: Sending, request: SnapshotRequest, done: Done): void {
    this.#options.onSent(sending.to, sending.view.slot);
    sending.waiting?.done(undefined);
    sending.waiting = { request, done };
    sending.usedAtMs = this.#options.clock.nowMs();
    this.#readNext(sending.usedAtMs);
  }

  #read(sending: Sending, { request, done }: NonNullable<Sending['waiting']>): void {
    const { limits, onFatal, watchDisk } = this.#options;
    const position = positionOf(sending, request) ?? sending.next;
    const after = position.index === 0 ? undefined : position.after;
    sending.waiting = undefined;
    this.#isReading = true;
    const maxBytes = Math.min(request.maxBytes, limits.chunkBytes);
    const end = watchDisk();
    sending.view.read(after, maxBytes, (error, part) => {
      end();
      this.#isReading = false;
      if (this.#isClosed) return done(undefined);
      if (error !== undefined) {
        done(undefined);
        return onFatal(error);
      }
      done(this.#chunk(sending, position, part));
      this.#readNext(this.#options.clock.nowMs());
    });
  }

  #chunk(sending: Sending, position: Position, { entries, more }: StatePart): SnapshotAnswer {
    const { clock, limits } = this.#options;
    const { id, view } = sending;
    const records = encodeRecords(entries);
    const next: Position = {
      index: position.index + 1,
      after: entries.at(-1)?.[0] ?? position.after,
      digest: nextDigest(position.digest, records),
      records: position.records + entries.length,
      bytes: position.bytes + bytesOf(entries),
    };
    sending.last = position;
    sending.next = next;
    if (!more && !sending.isDone) this.#options.onSending('whole', sending.to, view.slot);
    sending.isDone = !more;
    sending.usedAtMs = clock.nowMs();
    this.#freeAtMs = sending.usedAtMs + (records.length / limits.bytesPerSecond) * 1_000;
    const { digest } = next;
    const totals = more ? undefined : { records: next.records, bytes: next.bytes };
    const { slot } = view;
    return { type: 'snapshotChunk', id, slot, index: position.index, records, digest, totals };
  }

  #end(to: ReplicaId): void {
    const sending = this.#sendings.get(to);
    this.#sendings.delete(to);
    sending?.view.close();
    sending?.waiting?.done(undefined);
  }
}

/** Where the chunk begins that is asked for; `undefined`: it cannot be had any more. */
function positionOf({ last, next }: Sending, request: SnapshotRequest): Position | undefined {
  return [next, last].find(({ after, index }) => {
    return index === request.index && isSameBytes(after, request.after);
  });
}

function isSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
