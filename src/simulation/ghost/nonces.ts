/**
 * The nonces of questions. An answer may come when its asker has begun another life: a nonce that
 * it used before, in whichever life, would let the answer to an old question count for a new one.
 * Within a life they go up, so that of each life the first and the last one are enough.
 */
import type { ReplicaId } from '../../paxos/ballot.ts';
import { violate } from './invariant.ts';

interface Life {
  readonly first: number;
  last: number;
}

export class Nonces {
  readonly #question: string;
  /** Of each replica that has asked, the lives in which it did; the present one is the last. */
  readonly #lives = new Map<ReplicaId, Life[]>();
  /** Who has asked nothing yet in its present life. */
  readonly #fresh = new Set<ReplicaId>();

  constructor(question: string) {
    this.#question = question;
  }

  /** Another life of this replica. */
  begins(id: ReplicaId): void {
    this.#fresh.add(id);
  }

  /** I15: it asks a question of this nonce. */
  used(id: ReplicaId, nonce: number): void {
    const lives = this.#lives.get(id) ?? [];
    for (const { first, last } of lives) {
      if (nonce >= first && nonce <= last) this.#violate(id, nonce);
    }
    const present = this.#fresh.delete(id) ? undefined : lives.at(-1);
    if (present === undefined) {
      this.#lives.set(id, [...lives, { first: nonce, last: nonce }]);
      return;
    }
    if (nonce < present.last) this.#violate(id, nonce);
    present.last = nonce;
  }

  #violate(id: ReplicaId, nonce: number): never {
    violate('I15: a nonce is used once', `${nonce} as replica ${id} ${this.#question}`);
  }
}
