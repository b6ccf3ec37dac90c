/**
 * Reads that wait: for a read index, then for the store to have applied it. One round at a time is
 * under way; all reads that arrived before it started share it, later ones wait for the next.
 */
import type { Slot } from '../paxos/command.ts';
import type { Granted, NotDoneReason, ReadGrant } from './api.ts';

/** After a refusal the next round waits so long: the leader may not be known yet. */
const REFUSED_PAUSE_MS = 20;
/** How many times longer than at first an answer is waited for, at the most. */
const MOST_PATIENCE = 32;

export interface ReadRequest {
  readonly minRevision: number;
  readonly deadlineAtMs: number;
  /** Told with the grant. */
  readonly level: 'linearizable' | 'local';
  readonly settle: (grant: ReadGrant) => void;
}

/** Where the store stands. */
export interface Position {
  readonly appliedUpTo: Slot;
  readonly revision: number;
}

interface Round {
  readonly nonce: number;
  readonly requests: readonly ReadRequest[];
  readonly startedAtMs: number;
}

interface Waiting {
  readonly request: ReadRequest;
  readonly readIndex: Slot;
}

export class Reads {
  readonly #ask: (nonce: number) => void;
  readonly #position: Position;
  readonly #maxReads: number;
  #nonce: number;
  #arrived: ReadRequest[] = [];
  #round: Round | undefined;
  #waiting: Waiting[] = [];
  #pausedUntilMs = 0;
  #patience = 1;

  /** `ask` starts a round; nonces go up from `firstNonce`. `position` is read, never copied. */
  constructor(options: {
    readonly ask: (nonce: number) => void;
    readonly position: Position;
    readonly firstNonce: number;
    readonly maxReads: number;
  }) {
    this.#ask = options.ask;
    this.#position = options.position;
    this.#nonce = options.firstNonce;
    this.#maxReads = options.maxReads;
  }

  get size(): number {
    return this.#arrived.length + (this.#round?.requests.length ?? 0) + this.#waiting.length;
  }

  add(request: ReadRequest): void {
    if (this.size >= this.#maxReads) request.settle({ type: 'refused', reason: 'overloaded' });
    else this.#arrived.push(request);
  }

  /** Waits only for the store, not for the leader: a local read with a minimal revision. */
  addLocal(request: ReadRequest): void {
    const { appliedUpTo, revision } = this.#position;
    if (request.minRevision <= revision) {
      request.settle(granted(request, appliedUpTo, revision));
    } else if (this.size >= this.#maxReads) {
      request.settle({ type: 'refused', reason: 'overloaded' });
    } else {
      this.#waiting.push({ request, readIndex: 0 });
    }
  }

  /** Starts a round for all that have arrived, unless one is under way. */
  startRound(nowMs: number): void {
    if (this.#round !== undefined || this.#arrived.length === 0) return;
    if (nowMs < this.#pausedUntilMs) return;
    this.#nonce += 1;
    this.#round = { nonce: this.#nonce, requests: this.#arrived, startedAtMs: nowMs };
    this.#arrived = [];
    this.#ask(this.#nonce);
  }

  indexed(nonce: number, readIndex: Slot): void {
    if (this.#round?.nonce !== nonce) return;
    const { requests } = this.#round;
    this.#round = undefined;
    this.#patience = 1;
    for (const request of requests) this.#waiting.push({ request, readIndex });
    this.applied();
  }

  /** No leader answered: these reads go into a later round, with a nonce of its own. */
  refused(nonce: number): void {
    if (this.#round?.nonce !== nonce) return;
    this.#arrived = [...this.#round.requests, ...this.#arrived];
    this.#pausedUntilMs = this.#round.startedAtMs + REFUSED_PAUSE_MS;
    this.#round = undefined;
  }

  /**
   * The answer did not come: the same reads are asked for again. Each time in a row it is waited for
   * twice as long: a late answer counts for nothing, and all would be late where they take longer.
   */
  retry(nowMs: number, retryMs: number): void {
    if (this.#round === undefined) return;
    if (nowMs - this.#round.startedAtMs < retryMs * this.#patience) return;
    this.#patience = Math.min(MOST_PATIENCE, 2 * this.#patience);
    this.refused(this.#round.nonce);
  }

  /** The store went on: grants what waited for it. */
  applied(): void {
    if (this.#waiting.length === 0) return;
    const { appliedUpTo, revision } = this.#position;
    const due: Waiting[] = [];
    const left: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const isDue = waiting.readIndex <= appliedUpTo && waiting.request.minRevision <= revision;
      (isDue ? due : left).push(waiting);
    }
    this.#waiting = left;
    for (const { request, readIndex } of due) {
      request.settle(granted(request, readIndex, revision));
    }
  }

  expire(nowMs: number): void {
    this.#refuseWhere((request) => request.deadlineAtMs <= nowMs, 'deadline');
  }

  refuseAll(reason: NotDoneReason): void {
    this.#refuseWhere(() => true, reason);
  }

  #refuseWhere(isMeant: (request: ReadRequest) => boolean, reason: NotDoneReason): void {
    const refused: ReadRequest[] = [];
    const keep = (request: ReadRequest): boolean => {
      if (isMeant(request)) refused.push(request);
      return !isMeant(request);
    };
    this.#arrived = this.#arrived.filter(keep);
    this.#waiting = this.#waiting.filter(({ request }) => keep(request));
    if (this.#round !== undefined) {
      this.#round = { ...this.#round, requests: this.#round.requests.filter(keep) };
    }
    for (const request of refused) request.settle({ type: 'refused', reason });
  }
}

function granted({ level }: ReadRequest, readIndex: Slot, revision: number): Granted {
  return { type: 'granted', level, readIndex, revision, stalenessMs: 0 };
}
