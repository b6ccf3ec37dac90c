/**
 * I9: who may have forgotten votes gives none. That is of one incarnation: whoever takes the place
 * under its id, with a data directory of its own, has nothing to remember.
 */
import type { ReplicaId } from '../../paxos/ballot.ts';
import { type Incarnation, memberOf } from '../../paxos/membership.ts';
import type { PeerMessage } from '../../transport/messages.ts';
import type { Epochs } from './epochs.ts';
import { violate } from './invariant.ts';
import { isVote } from './votes.ts';

export class Silence {
  readonly #epochs: Epochs;
  /** As the latest membership named it then; `undefined`: none did. */
  readonly #silent = new Map<ReplicaId, Incarnation | undefined>();

  constructor(epochs: Epochs) {
    this.#epochs = epochs;
  }

  begins(id: ReplicaId): void {
    const membership = this.#epochs.membershipOf();
    const named = membership === undefined ? undefined : memberOf(membership, id);
    this.#silent.set(id, named?.incarnation);
  }

  sent(from: ReplicaId, message: PeerMessage): void {
    if (!this.#silent.has(from) || !isVote(message)) return;
    const silent = this.#silent.get(from);
    const membership = 'epoch' in message ? this.#epochs.membershipOf(message.epoch) : undefined;
    const named = membership === undefined ? undefined : memberOf(membership, from)?.incarnation;
    if (silent !== undefined && named !== undefined && named !== silent) return;
    violate('I9: who may have forgotten votes gives none', `${message.type} by replica ${from}`);
  }
}
