/** The life that each replica is in: a number of its own for each boot of anyone. */
import type { ReplicaId } from '../../paxos/ballot.ts';

export class Lives {
  readonly #lives = new Map<ReplicaId, number>();
  #boots = 0;

  booted(id: ReplicaId): void {
    this.#boots += 1;
    this.#lives.set(id, this.#boots);
  }

  /** 0 before the first. */
  of(id: ReplicaId): number {
    return this.#lives.get(id) ?? 0;
  }
}
