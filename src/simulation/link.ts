/**
 * One directed link of the simulated network: how bad it is, and what becomes of each message on
 * it. All dice are drawn for every message, whatever is made of them, from a stream of the link's
 * own.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { SnapshotAnswer, SnapshotPart } from '../transport/network.ts';
import type { Choices } from './choices.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

/** On a healed link. */
const CALM_MS = 1;
const MIN_MS = 0.1;
const LOST_OF_TYPE = 0.6;

/** When the copies of a message arrive, in ms from now; none: it is lost. The first is the message. */
export type Arrivals = readonly number[];

const LOST: Arrivals = [];

export class LinkState {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly #random: Random;
  readonly #choices: Choices;
  readonly #plan: Plan;
  /** Of the plan's loss, repetition and slowness. */
  readonly #share: number;
  /** Cuts of a partition, and others besides, such as a flapping link's. */
  isPartitioned = false;
  #blocks = 0;
  /** Healed for good: nothing is lost, repeated or late, and it flaps no more. */
  isCalm = false;
  /** How long a message takes then. */
  calmMs = CALM_MS;

  constructor(
    ends: { readonly from: ReplicaId; readonly to: ReplicaId },
    options: { readonly plan: Plan; readonly random: Random; readonly choices: Choices },
  ) {
    this.from = ends.from;
    this.to = ends.to;
    this.#random = options.random;
    this.#choices = options.choices;
    this.#plan = options.plan;
    this.#share = options.plan.unevenLinks ? options.random.pick([0, 0.2, 1, 2]) : 1;
  }

  get isCut(): boolean {
    return this.isPartitioned || (this.#blocks > 0 && !this.isCalm);
  }

  /** Each `block` needs its `unblock`. */
  block(): void {
    this.#blocks += 1;
  }

  unblock(): void {
    this.#blocks -= 1;
  }

  carry(): Arrivals {
    if (this.isCalm) return [this.calmMs];
    const { loss, duplication } = this.#plan;
    const random = this.#random;
    const isLost = random.chance(loss * this.#share);
    const delayMs = this.#delayMs();
    const isRepeated = random.chance(duplication * this.#share);
    const arrivals = isRepeated ? this.#repeated(delayMs) : [delayMs];
    return isLost && this.#choices.makes('loss') ? LOST : arrivals;
  }

  /** Whether a message is lost that is of the type which is lost most of the time. */
  losesType(type: string): boolean {
    if (this.isCalm || type !== this.#plan.lostType) return false;
    return this.#random.chance(LOST_OF_TYPE) && this.#choices.makes('loss');
  }

  /** Whether the other end's door for pulled requests is too busy for this one. */
  refusesPull(): boolean {
    if (this.isCalm || this.#plan.pullRefusal === 0) return false;
    const isRefused = this.#random.chance(this.#plan.pullRefusal * this.#share);
    return isRefused && this.#choices.makes('loss');
  }

  /** What arrives of a chunk: now and then something else than its sender meant. */
  chunkOf(answer: SnapshotAnswer | undefined): SnapshotAnswer | undefined {
    const { damagedChunk } = this.#plan;
    if (this.isCalm || damagedChunk === 0 || answer?.type !== 'snapshotChunk') return answer;
    const isDamaged = this.#random.chance(damagedChunk);
    const share = this.#random.next();
    return isDamaged && this.#choices.makes('damagedChunk') ? damaged(answer, share) : answer;
  }

  #delayMs(): number {
    const { networkMs, slowness, slowMs } = this.#plan;
    const random = this.#random;
    const delayMs = MIN_MS + random.next() * networkMs;
    if (!random.chance(slowness * this.#share)) return delayMs;
    const extraMs = random.next() * slowMs;
    return this.#choices.makes('delay') ? delayMs + extraMs : delayMs;
  }

  #repeated(delayMs: number): Arrivals {
    const { duplicates, duplicateMs } = this.#plan;
    const random = this.#random;
    const copies = random.between(1, duplicates);
    const arrivals = [delayMs];
    for (let copy = 0; copy < copies; copy += 1) {
      arrivals.push(delayMs + random.next() * duplicateMs);
    }
    return this.#choices.makes('duplicate') ? arrivals : [delayMs];
  }
}

/** One bit is another, or the chunk is of another place. */
function damaged(chunk: SnapshotPart, share: number): SnapshotPart {
  const bit = Math.floor(share * (chunk.records.length + 1) * 8);
  const at = bit >> 3;
  if (at === chunk.records.length) return { ...chunk, index: chunk.index + 1 };
  const records = Uint8Array.from(chunk.records);
  records[at] = (records[at] ?? 0) ^ (1 << (bit & 7));
  return { ...chunk, records };
}
