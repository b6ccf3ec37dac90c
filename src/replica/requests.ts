/**
 * The clients' commands under way at this replica: waiting for a slot, proposed, or forwarded to
 * the leader. Waiters are found by command id, never by slot: another command may be chosen there.
 *
 * A command is forwarded at most once and given a slot at most once. Each is settled exactly once:
 * `applied`; `notApplied` only where it never left this replica and never got a slot; else
 * `unknown`.
 */
import type { Answer } from '../kv/answer.ts';
import type { CommandId } from '../kv/command-id.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { WriteTrace } from '../paxos/write-trace.ts';
import type { NotDoneReason, WriteOutcome } from './api.ts';
import type { Tracing } from './tracing.ts';

/** After so many that were taken or have ended, the queue lets go of them. */
const COMPACT_AFTER = 1024;

export interface Request {
  readonly id: CommandId;
  /** The encoded command. */
  bytes: Uint8Array;
  readonly deadlineAtMs: number;
  /** The peer that forwarded it; such a request is not forwarded again. */
  readonly origin: ReplicaId | undefined;
  settle: (outcome: WriteOutcome) => void;
  /** Its bytes may have left: it can no longer be called `notApplied` from here. */
  sent: { readonly to: ReplicaId | 'log' } | undefined;
  /** Where its story is told. */
  trace?: Tracing | undefined;
}

const NO_BYTES = new Uint8Array(0);
const SETTLED = (): void => undefined;

export interface RequestLimits {
  readonly pendingRequests: number;
  readonly pendingBytes: number;
}

export class Requests {
  readonly #limits: RequestLimits;
  readonly #byId = new Map<CommandId, Request>();
  #queue: Request[] = [];
  #head = 0;
  #bytes = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byId.size;
  }

  has(id: CommandId): boolean {
    return this.#byId.has(id);
  }

  /** Takes a request in, or settles it at once where there are too many. */
  add(request: Request): void {
    const isFull =
      this.#byId.size >= this.#limits.pendingRequests ||
      this.#bytes + request.bytes.length > this.#limits.pendingBytes;
    if (isFull) {
      request.settle({ type: 'notApplied', reason: 'overloaded' });
      return;
    }
    this.#byId.set(request.id, request);
    this.#bytes += request.bytes.length;
    this.#queue.push(request);
  }

  /** Of the queue, in memory: those without a slot, and some that are done with. */
  get queued(): number {
    return this.#queue.length;
  }

  /** The first request without a slot, left where it is. */
  peek(): Request | undefined {
    while (this.#head < this.#queue.length) {
      const request = this.#queue[this.#head];
      if (request !== undefined && this.#byId.get(request.id) === request) return request;
      this.#advance();
    }
    return undefined;
  }

  /** Under load the queue is never empty; what is behind its head is let go of all the same. */
  #advance(): void {
    this.#head += 1;
    if (this.#head < COMPACT_AFTER && this.#head < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  /** Takes the first request out of the queue; it goes on waiting for its answer. */
  take(to: ReplicaId | 'log'): void {
    const request = this.peek();
    if (request === undefined) return;
    request.sent = { to };
    this.#advance();
  }

  applied(id: CommandId, slot: Slot, answer: Answer): void {
    this.#settle(this.#byId.get(id), { type: 'applied', slot, answer });
  }

  /** The leader's story of a request that was forwarded to it; its word follows. */
  tell(from: ReplicaId, id: CommandId, trace: WriteTrace): void {
    const request = this.#byId.get(id);
    if (request?.sent?.to === from) request.trace?.tell(trace);
  }

  /** The leader's word on a request that was forwarded to it. */
  forwarded(from: ReplicaId, id: CommandId, outcome: WriteOutcome): void {
    const request = this.#byId.get(id);
    if (request?.sent?.to === from) this.#settle(request, outcome);
  }

  /** What went this way can no longer be followed: it may have happened, or may yet. */
  lost(to: ReplicaId | 'log', reason: 'leaderLost' | 'steppedDown'): void {
    for (const request of this.#byId.values()) {
      if (request.sent?.to === to) this.#settle(request, { type: 'unknown', reason });
    }
  }

  /** The replica stops: what has left it, whatever way, can no longer be followed. */
  lostAll(): void {
    this.lost('log', 'steppedDown');
    for (const request of this.#byId.values()) {
      if (request.sent === undefined) continue;
      this.#settle(request, { type: 'unknown', reason: 'leaderLost' });
    }
  }

  /** Settles what has no slot and was not forwarded. */
  refuse(reason: NotDoneReason, which: 'all' | 'forwardedHere'): void {
    for (const request of this.#byId.values()) {
      const isMeant = which === 'all' || request.origin !== undefined;
      if (isMeant && request.sent === undefined) {
        this.#settle(request, { type: 'notApplied', reason });
      }
    }
  }

  expire(nowMs: number): void {
    for (const request of this.#byId.values()) {
      if (request.deadlineAtMs > nowMs) continue;
      const type = request.sent === undefined ? 'notApplied' : 'unknown';
      this.#settle(request, { type, reason: 'deadline' });
    }
  }

  #settle(request: Request | undefined, outcome: WriteOutcome): void {
    if (request === undefined || !this.#byId.delete(request.id)) return;
    const { settle } = request;
    this.#bytes -= request.bytes.length;
    letGo(request);
    settle(outcome);
  }
}

/**
 * A settled request keeps nothing alive. A map that is much written to leaves old tables behind,
 * which hold its entries until the next full collection: with them went the client's request, its
 * response and the command, and the collector took a third of a leader's time.
 */
function letGo(request: Request): void {
  request.settle = SETTLED;
  request.trace = undefined;
  request.bytes = NO_BYTES;
}
