/**
 * Whom to ask for a state. A replica that has to have its state from a peer knows the members from the
 * record that it began with. That may be of long ago: all of them may have come back since in other
 * incarnations, to which nothing that it says passes. So it introduces itself, as a new one does, and
 * whoever knows a later membership that names it answers with that one.
 *
 * Nothing is voted, served or stored by it. It is where requests for a state go, until there is one;
 * then the membership is that of the state and of the log.
 */
import type { Incarnation, Membership } from '../paxos/membership.ts';
import { memberOf } from '../paxos/membership.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Network } from '../transport/network.ts';

export interface LaterMembershipOptions {
  readonly self: ReplicaId;
  readonly directory: {
    readonly incarnation: Incarnation;
    readonly genesis: Membership | undefined;
  };
  readonly network: Pick<Network, 'send'>;
  /** Whether it has to have its state from a peer. */
  readonly isRebuilding: () => boolean;
  readonly onMembership: (membership: Membership) => void;
}

export class LaterMembership {
  readonly #options: LaterMembershipOptions;
  #latest: Membership | undefined;

  constructor(options: LaterMembershipOptions) {
    this.#options = options;
  }

  /** From time to time: says again what may have been lost. */
  tick(): void {
    const { directory, isRebuilding, network, self } = this.#options;
    if (!isRebuilding()) {
      this.#latest = undefined;
      return;
    }
    const message = { type: 'introduce', incarnation: directory.incarnation } as const;
    for (const { id } of this.#known?.members ?? []) if (id !== self) network.send(id, message);
  }

  /** Whether it is one of those that it waits for. */
  takes(membership: Membership): boolean {
    const { directory, isRebuilding, onMembership, self } = this.#options;
    const known = this.#known;
    if (!isRebuilding() || known === undefined) return false;
    if (membership.clusterId !== known.clusterId || membership.epoch <= known.epoch) return false;
    if (memberOf(membership, self)?.incarnation !== directory.incarnation) return false;
    this.#latest = membership;
    onMembership(membership);
    return true;
  }

  get #known(): Membership | undefined {
    return this.#latest ?? this.#options.directory.genesis;
  }
}
