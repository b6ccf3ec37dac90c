/**
 * What each replica takes for chosen, and tells and serves as chosen: in order, without a gap, once
 * in each life, and never anything that no quorum has (I1, I11). The leader counts a slot as chosen
 * on a quorum's votes that have reached it, and gives a read index on a quorum's confirmations (I9).
 */
import type { Ballot, ReplicaId } from '../../paxos/ballot.ts';
import type { Command, EpochProposal, Slot } from '../../paxos/command.ts';
import { violate } from './invariant.ts';
import { Nonces } from './nonces.ts';
import type { Proposals } from './proposals.ts';
import type { WholeLog } from './whole-log.ts';
import { type Mask, rankOf, type Voters } from './ranks.ts';

interface ReadProbe {
  readonly nonce: number;
  /** Of its core, in which it was asked for. */
  readonly step: number;
  confirmed: Mask;
}

export class Learners {
  readonly #log: WholeLog;
  /** In its present life. */
  readonly #chosenUpTo = new Map<ReplicaId, Slot>();
  /** The last read confirmation that each replica has asked for, and who has given it. */
  readonly #probes = new Map<ReplicaId, ReadProbe>();
  /** Of each replica, in all its lives, the nonces of its questions. */
  readonly #askedLeaders = new Nonces('asks its leader');
  readonly #askedPeers = new Nonces('asks who confirms it');

  constructor(log: WholeLog) {
    this.#log = log;
  }

  started(id: ReplicaId, appliedUpTo: Slot): void {
    this.#chosenUpTo.set(id, appliedUpTo);
    this.#probes.delete(id);
    this.#askedLeaders.begins(id);
    this.#askedPeers.begins(id);
  }

  /** I1, I11: a replica's core says that a slot is chosen. */
  chosen(id: ReplicaId, slot: Slot, command: Command): void {
    const before = this.#chosenUpTo.get(id) ?? 0;
    if (slot !== before + 1) {
      violate('I11: chosen slots come in order, once each', `slot ${slot} at replica ${id}`);
    }
    this.#chosenUpTo.set(id, slot);
    if (this.#log.isChosen(slot, command)) return;
    const text = `slot ${slot} at replica ${id}`;
    if (this.#log.chosen.has(slot)) violate('I1, I11: another command is chosen', text);
    violate('I11: no quorum has what is taken for chosen', text);
  }

  /** I9: a leader has it from a quorum's votes. */
  counted(
    id: ReplicaId,
    { slot, ballot }: { readonly slot: Slot; readonly ballot: Ballot },
    epoch: { readonly proposals: Proposals; readonly voters: Voters },
  ): void {
    const { proposals, voters } = epoch;
    const votes = proposals.find(slot, rankOf(ballot))?.counted ?? 0;
    if (voters.isPhase2(votes)) return;
    violate('I9: a phase 2 quorum has voted', `slot ${slot}, leader ${id}`);
  }

  /** I11: only what is chosen is announced. */
  announced(from: ReplicaId, chosenUpTo: Slot): void {
    if (chosenUpTo <= this.#log.chosenUpTo) return;
    violate('I11: only what is chosen is announced', `slot ${chosenUpTo} by replica ${from}`);
  }

  /** I11: what a peer pulls is chosen, never a proposal that lost. */
  served(from: ReplicaId, proposals: readonly EpochProposal[]): void {
    for (const proposal of proposals) {
      const { slot, command } = proposal;
      if (!this.#log.isChosen(slot, command)) {
        violate('I11: only what is chosen is served', `slot ${slot} by replica ${from}`);
      }
      this.#log.found(from, proposal);
    }
  }

  /**
   * I15: a leader asks for confirmation; to all in one step, and with a nonce that it never used
   * before, also in no earlier life: else an answer to an earlier question would count.
   */
  probed(id: ReplicaId, nonce: number, step: number): void {
    const last = this.#probes.get(id);
    if (last?.nonce === nonce && last.step === step) return;
    this.#askedPeers.used(id, nonce);
    this.#probes.set(id, { nonce, step, confirmed: 0 });
  }

  /** I15: the same of what a replica asks its leader for its reads. */
  asksLeader(id: ReplicaId, nonce: number): void {
    this.#askedLeaders.used(id, nonce);
  }

  confirmed(id: ReplicaId, nonce: number, bit: Mask): void {
    const probe = this.#probes.get(id);
    if (probe?.nonce === nonce) probe.confirmed |= bit;
  }

  /** I15, I9: a leader gives a read index. */
  readIndexed(id: ReplicaId, voters: Voters): void {
    const confirmed = this.#probes.get(id)?.confirmed ?? 0;
    if (voters.isPhase2(confirmed | voters.bitOf(id))) return;
    violate('I15: a read index rests on a phase 2 quorum', `replica ${id}`);
  }
}
