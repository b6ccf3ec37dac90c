/**
 * The part of a simulated replica's data directory that says whose it is, and whether its log may
 * have forgotten votes: what the real one keeps in small files, each durable before the call ends.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Incarnation, Membership } from '../paxos/membership.ts';
import type { GenesisStore } from '../replica/bootstrap.ts';
import type { ReadmissionStore } from '../replica/readmission.ts';
import type { SuspicionStore } from '../replica/witnesses.ts';
import { type GenesisStored, judgeGenesis } from '../storage/genesis-rules.ts';
import type { LogIdentity } from '../storage/log-codec.ts';

export class SimulatedDirectory implements GenesisStore, SuspicionStore, ReadmissionStore {
  readonly replicaId: ReplicaId;
  readonly #drawIncarnation: () => Incarnation;
  readonly #onSuspicion: (reason: string) => void;
  #incarnation: Incarnation;
  #genesis: Membership | undefined;
  #suspicion: string | undefined;
  #next: Incarnation | undefined;
  #letIn: Membership | undefined;

  constructor(options: {
    readonly replicaId: ReplicaId;
    readonly drawIncarnation: () => Incarnation;
    readonly onSuspicion: (reason: string) => void;
  }) {
    this.replicaId = options.replicaId;
    this.#drawIncarnation = options.drawIncarnation;
    this.#onSuspicion = options.onSuspicion;
    this.#incarnation = this.#drawIncarnation();
  }

  get incarnation(): Incarnation {
    return this.#incarnation;
  }

  get genesis(): Membership | undefined {
    return this.#genesis;
  }

  get suspicion(): string | undefined {
    return this.#suspicion;
  }

  storeGenesis(membership: Membership): GenesisStored {
    const result = judgeGenesis(membership, this.#genesis, this);
    if (result.type === 'stored') this.#genesis = result.genesis;
    return result;
  }

  storeSuspicion(reason: string): void {
    if (this.#suspicion !== undefined) return;
    this.#suspicion = reason;
    this.#onSuspicion(reason);
  }

  nextIncarnation(): Incarnation {
    this.#next ??= this.#drawIncarnation();
    return this.#next;
  }

  storeLetIn(membership: Membership): void {
    this.#letIn = membership;
  }

  /** At a start: whether it is the first one in another incarnation. */
  beginLetIn(): boolean {
    if (this.#letIn === undefined) return false;
    this.#incarnation = this.nextIncarnation();
    this.#genesis = this.#letIn;
    this.#suspicion = undefined;
    this.#next = undefined;
    this.#letIn = undefined;
    return true;
  }

  /** Whose log and state belong here, in this cluster. */
  identityIn({ clusterId, epoch }: Membership): LogIdentity {
    return { clusterId, replicaId: this.replicaId, incarnation: this.#incarnation, epoch };
  }

  /** As it was when it was new, but for its incarnation. */
  renew(): void {
    this.#incarnation = this.#drawIncarnation();
    this.#genesis = undefined;
    this.#suspicion = undefined;
    this.#next = undefined;
    this.#letIn = undefined;
  }
}
