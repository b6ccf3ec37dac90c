/**
 * I24: cluster time goes on no faster than the clock of who leads, and no new leader begins above what
 * was stamped before: so whatever has a time to live has it.
 */
import type { ReplicaId } from '../../paxos/ballot.ts';
import type { CoreState } from '../../paxos/core-state.ts';
import { violate } from './invariant.ts';

interface Term {
  /** The leader's clock, and the highest stamp of all, as it took office. */
  readonly sinceMs: number;
  readonly fromMs: number;
}

type Stamped = Pick<CoreState, 'self' | 'stampMs'> & {
  readonly role: { readonly name: string };
};

export class ClusterTimes {
  readonly #terms = new Map<ReplicaId, Term>();
  #highestMs = 0;

  leads(id: ReplicaId, clockMs: number): void {
    this.#terms.set(id, { sinceMs: clockMs, fromMs: this.#highestMs });
  }

  look({ role, self, stampMs }: Stamped, clockMs: number): void {
    const term = role.name === 'leader' ? this.#terms.get(self) : undefined;
    const most = term === undefined ? stampMs : term.fromMs + (clockMs - term.sinceMs);
    if (stampMs > Math.max(most, this.#highestMs)) {
      violate(
        'I24: cluster time is no faster than time',
        `${stampMs} at replica ${self}, not ${most}`,
      );
    }
    this.#highestMs = Math.max(this.#highestMs, stampMs);
  }
}
