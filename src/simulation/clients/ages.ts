/**
 * A local read is no older than it says (I15): what anybody was told of before that, by true time, it
 * shows. Clocks that run fast or slow are allowed for; a machine that stood still cannot tell.
 */
import type { ReplicaId } from '../../paxos/ballot.ts';
import type { Granted } from '../../replica/api.ts';
import { violate } from '../ghost/invariant.ts';
import type { Plan } from '../plan.ts';

/** What anybody was told, when. */
interface Told {
  readonly atMs: number;
  readonly revision: number;
}

export class Ages {
  readonly #nowMs: () => number;
  /** How much true time may pass while a clock shows one ms. */
  readonly #most: number;
  readonly #isTrue: boolean;
  /** Ascending in both. */
  readonly #told: Told[] = [];

  constructor(
    time: { readonly nowMs: () => number },
    plan: Pick<Plan, 'clockDrift' | 'standstillEveryMs'>,
  ) {
    this.#nowMs = () => time.nowMs();
    this.#most = 1 / (1 - plan.clockDrift);
    this.#isTrue = plan.standstillEveryMs === 0;
  }

  told(revision: number): void {
    if (revision <= (this.#told.at(-1)?.revision ?? 0)) return;
    this.#told.push({ atMs: this.#nowMs(), revision });
  }

  granted(at: ReplicaId, { revision, stalenessMs }: Granted): void {
    if (!this.#isTrue) return;
    const sinceMs = this.#nowMs() - stalenessMs * this.#most;
    const known = this.#told.findLast(({ atMs }) => atMs < sinceMs)?.revision ?? 0;
    if (revision >= known) return;
    const text = `revision ${revision} at replica ${at}, ${known} was told more than ${stalenessMs} ms before`;
    violate('I15: a local read is no older than it says', text);
  }
}
