/**
 * What each replica's log has let go of, and what its state was when it did: only what is durable
 * without it (I18), and after that nothing is accepted or told of it again (I19). A peer's state
 * that was installed never takes back what was applied.
 */
import type { ReplicaId } from '../../paxos/ballot.ts';
import type { Slot } from '../../paxos/command.ts';
import type { LogRecord } from '../../paxos/effects.ts';
import type { PeerMessage } from '../../transport/messages.ts';
import type { OpenedStorage } from '../../replica/host-options.ts';
import type { Probes } from '../probes.ts';
import { violate } from './invariant.ts';

interface Compaction {
  floor: Slot;
  /** The state on disk was seen to be that far. */
  durablyApplied: Slot;
  /** Of a peer's state that is taking the place of its own. */
  installing: Slot | undefined;
  /** The world took its state away. */
  isLost: boolean;
  /** The world damaged a record of it. */
  isDamaged: boolean;
  /** It is thrown away, and the next one that opens begins anew. */
  isDiscarded: boolean;
}

export class Compactions {
  readonly #probes: Probes;
  readonly #compactions = new Map<ReplicaId, Compaction>();

  constructor(probes: Probes) {
    this.#probes = probes;
  }

  booted(id: ReplicaId): void {
    const compaction = this.#of(id);
    if (compaction.installing !== undefined) this.#probes.reached('crashMidInstall');
    compaction.installing = undefined;
  }

  /** Its disk is not what it was, by the world's doing. */
  forget(id: ReplicaId): void {
    this.#compactions.delete(id);
  }

  losesState(id: ReplicaId): void {
    const compaction = this.#of(id);
    compaction.isLost = true;
    compaction.durablyApplied = 0;
  }

  damages(id: ReplicaId): void {
    this.#of(id).isDamaged = true;
  }

  /** The replica throws its state away. */
  discards(id: ReplicaId): void {
    if (!this.#of(id).isDamaged) violate('I21: nothing is damaged by itself', `replica ${id}`);
    this.#probes.reached('stateDiscarded');
    this.#of(id).isDiscarded = true;
  }

  /** What is staged is whole, and takes the place of the state from now on. */
  installs(id: ReplicaId, slot: Slot, appliedUpTo: Slot): void {
    this.#of(id).installing = slot;
    if (slot > appliedUpTo) return;
    violate('I18: an install never lowers what is applied', `${slot} at replica ${id}`);
  }

  /** What a replica starts from. `appliedUpTo`: in the same life, before; else 0. */
  opened(id: ReplicaId, { log, recovered, store }: OpenedStorage): void {
    const compaction = this.#of(id);
    if (compaction.isDiscarded) this.losesState(id);
    compaction.isDiscarded = false;
    const { durablyApplied } = store;
    const where = `slot ${durablyApplied} at replica ${id}`;
    if (durablyApplied < compaction.durablyApplied) violate('I18: a state never goes back', where);
    if (log.floor < compaction.floor) violate('I19: a floor never falls', `${log.floor}, ${id}`);
    if (log.floor > durablyApplied && !compaction.isLost) {
      violate('I18: what is trimmed is in the durable state', `floor ${log.floor}, ${where}`);
    }
    const { installing } = compaction;
    if (installing !== undefined && (durablyApplied !== installing || store.base !== installing)) {
      violate('I18: what is installed is the state', `${where}, not ${installing}`);
    }
    if (installing !== undefined && recovered.proposals.length > 0) {
      this.#probes.reached('installedBelowNewerLog');
    }
    compaction.installing = undefined;
    compaction.durablyApplied = durablyApplied;
    compaction.floor = log.floor;
    if (durablyApplied >= log.floor) compaction.isLost = false;
  }

  /** The state is durable up to there. */
  flushed(id: ReplicaId, durablyApplied: Slot): void {
    this.#of(id).durablyApplied = durablyApplied;
  }

  /** A batch of the log is durable. */
  appended(id: ReplicaId, records: readonly LogRecord[], floor: Slot): void {
    const compaction = this.#of(id);
    if (floor > compaction.durablyApplied) {
      const where = `floor ${floor}, state ${compaction.durablyApplied} at replica ${id}`;
      violate('I18: what is trimmed is in the durable state', where);
    }
    if (floor > compaction.floor) this.#probes.reached('trimmed');
    compaction.floor = floor;
    for (const record of records) {
      if (record.type !== 'accepted' || record.slot > floor) continue;
      violate('I19: nothing is written below the floor', `slot ${record.slot}, replica ${id}`);
    }
  }

  /** Nothing is told of what is trimmed but that it is chosen. */
  sent(from: ReplicaId, message: PeerMessage): void {
    const { floor } = this.#of(from);
    if (message.type === 'accepted' && message.slot <= floor) {
      violate('I19: no vote below the floor', `slot ${message.slot}, replica ${from}`);
    }
    if (message.type === 'promise' && message.chosenUpTo < floor) {
      violate('I19: what is trimmed is told as chosen', `${message.chosenUpTo}, replica ${from}`);
    }
  }

  #of(id: ReplicaId): Compaction {
    const known = this.#compactions.get(id);
    if (known !== undefined) return known;
    const compaction = {
      floor: 0,
      durablyApplied: 0,
      installing: undefined,
      isLost: false,
      isDamaged: false,
      isDiscarded: false,
    };
    this.#compactions.set(id, compaction);
    return compaction;
  }
}
