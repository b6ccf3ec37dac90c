/**
 * How a cluster begins, once. Every replica without a genesis introduces itself to all initial
 * members. The founder, the one with the lowest id, waits for the incarnations of all of them,
 * draws the cluster id, makes the genesis record durable, then sends it. A member stores the first
 * genesis that names it in its own incarnation, refuses any other, and votes only after that.
 *
 * An introduction counts when it names the receiver's incarnation: one that was sent to an earlier
 * life of it, and comes late, does not.
 *
 * A replica that comes back with an empty disk introduces itself like a new one. Whoever holds a
 * genesis that names another incarnation under its id refuses it, and says what to do; so a
 * founder that lost its disk cannot found a second cluster.
 *
 * A replica that an operator adds later introduces itself in the same way. It is answered with the
 * membership that names it, which is its genesis: of a later epoch than the first.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import {
  type Incarnation,
  majorities,
  type Membership,
  memberOf,
  type QuorumSizes,
} from '../paxos/membership.ts';
import type { BootstrapMessage, Introduce } from '../transport/messages.ts';
import type { Network } from '../transport/network.ts';

export interface InitialMember {
  readonly id: ReplicaId;
  readonly peerUrl: string;
  readonly clientUrl: string;
}

/** The part of the data directory that holds the genesis. */
export interface GenesisStore {
  readonly incarnation: Incarnation;
  readonly genesis: Membership | undefined;
  /** Durable once it returns; the first one stays for ever. Throws where the disk fails. */
  storeGenesis(
    membership: Membership,
  ): { readonly type: 'stored' } | { readonly type: 'refused'; readonly reason: string };
}

export interface BootstrapOptions {
  readonly self: ReplicaId;
  readonly members: readonly InitialMember[];
  readonly quorums: QuorumSizes | undefined;
  readonly directory: GenesisStore;
  /** As it is by now, where this replica knows. */
  readonly membership: () => Membership | undefined;
  readonly network: Network;
  /** 32 hexadecimal digits, drawn at random. */
  readonly drawClusterId: () => string;
  /** Called once, when the genesis is durable. */
  readonly onGenesis: (membership: Membership) => void;
  readonly onRefused: (reason: string) => void;
}

export class Bootstrap {
  readonly #options: BootstrapOptions;
  /** Of those whose introduction names this very replica, in its incarnation. */
  readonly #incarnations = new Map<ReplicaId, Incarnation>();
  /** As last heard, also in a late copy: what this replica's own introductions name. */
  readonly #heard = new Map<ReplicaId, Incarnation>();
  /** Who has told that it holds this genesis. */
  readonly #stored = new Set<ReplicaId>();
  #refusal: string | undefined;

  constructor(options: BootstrapOptions) {
    this.#options = options;
    this.#incarnations.set(options.self, options.directory.incarnation);
  }

  /** Why there is no genesis yet; `undefined` once there is. */
  get waitsFor(): string | undefined {
    const { directory, members } = this.#options;
    if (directory.genesis !== undefined) return undefined;
    if (this.#refusal !== undefined) return this.#refusal;
    const missing = members.map(({ id }) => id).filter((id) => !this.#incarnations.has(id));
    if (missing.length === 0) return 'waits for the genesis record of the founder';
    return (
      `the cluster is not founded yet: waits for replica ${missing.join(', ')}; ` +
      'or it is, and this replica waits to be added: POST /v1/cluster/members'
    );
  }

  /** From time to time: says again what may have been lost. */
  tick(): void {
    const { directory, members, self } = this.#options;
    if (directory.genesis !== undefined) {
      if (directory.genesis.epoch === 1) this.#sendGenesis(directory.genesis);
      return;
    }
    this.#found();
    for (const { id } of members) if (id !== self) this.#introduce(id);
  }

  #introduce(id: ReplicaId): void {
    const { directory, network } = this.#options;
    const { incarnation } = directory;
    const to = this.#heard.get(id);
    const introduce: Introduce = { type: 'introduce', incarnation };
    network.send(id, to === undefined ? introduce : { ...introduce, to });
  }

  receive(from: ReplicaId, message: BootstrapMessage): void {
    switch (message.type) {
      case 'introduce':
        return this.#receiveIntroduce(from, message);
      case 'genesis':
        return this.#receiveGenesis(from, message.membership);
      case 'genesisStored':
        if (message.clusterId === this.#options.directory.genesis?.clusterId) {
          this.#stored.add(from);
        }
        return undefined;
      case 'genesisRefused':
        return this.#receiveRefused(from, message.clusterId, message.reason);
    }
  }

  #receiveIntroduce(from: ReplicaId, { incarnation, to }: Introduce): void {
    const { directory, membership, network } = this.#options;
    const { genesis } = directory;
    const current = membership();
    if (genesis === undefined) {
      this.#heard.set(from, incarnation);
      if (to !== directory.incarnation) {
        this.#introduce(from);
        return;
      }
      this.#incarnations.set(from, incarnation);
      this.#found();
    } else if (memberOf(genesis, from)?.incarnation === incarnation) {
      network.send(from, { type: 'genesis', membership: genesis });
    } else if (current !== undefined && memberOf(current, from)?.incarnation === incarnation) {
      network.send(from, { type: 'genesis', membership: current });
    } else {
      const { clusterId } = genesis;
      network.send(from, { type: 'genesisRefused', clusterId, reason: strangerReason(from) });
    }
  }

  /** At the founder: once all have introduced themselves. */
  #found(): void {
    const { members, quorums, self, drawClusterId } = this.#options;
    const founder = Math.min(...members.map(({ id }) => id));
    if (self !== founder || this.#refusal !== undefined) return;
    const named = members.flatMap((member) => {
      const incarnation = this.#incarnations.get(member.id);
      return incarnation === undefined ? [] : [{ ...member, incarnation, role: 'voter' } as const];
    });
    if (named.length < members.length) return;
    this.#store({
      clusterId: drawClusterId(),
      epoch: 1,
      members: named,
      quorums: quorums ?? majorities(members.length),
    });
  }

  #store(membership: Membership): {
    readonly type: 'stored' | 'refused';
    readonly reason?: string;
  } {
    const { directory, onGenesis } = this.#options;
    const isFirst = directory.genesis === undefined;
    const result = directory.storeGenesis(membership);
    if (result.type === 'refused' || !isFirst) return result;
    if (membership.epoch === 1) this.#sendGenesis(membership);
    onGenesis(membership);
    return result;
  }

  #sendGenesis(membership: Membership): void {
    const { network, self } = this.#options;
    for (const { id } of membership.members) {
      if (id === self || this.#stored.has(id)) continue;
      network.send(id, { type: 'genesis', membership });
    }
  }

  #receiveGenesis(from: ReplicaId, membership: Membership): void {
    const { directory, network } = this.#options;
    const result = this.#store(membership);
    const clusterId = directory.genesis?.clusterId ?? membership.clusterId;
    if (result.type === 'stored') {
      network.send(from, { type: 'genesisStored', clusterId });
    } else {
      const reason = result.reason ?? 'another genesis is stored here';
      network.send(from, { type: 'genesisRefused', clusterId, reason });
    }
  }

  /** Only who has no genesis has to ask what went wrong. */
  #receiveRefused(from: ReplicaId, clusterId: string, reason: string): void {
    if (this.#options.directory.genesis !== undefined || this.#refusal !== undefined) return;
    this.#refusal = `replica ${from} of cluster ${clusterId} refused this replica: ${reason}`;
    this.#options.onRefused(this.#refusal);
  }
}

function strangerReason(id: ReplicaId): string {
  return (
    `replica ${id} is known here in another incarnation; its data directory is empty or foreign. ` +
    `Put the directory back that it had, or replace replica ${id} by a new member`
  );
}
