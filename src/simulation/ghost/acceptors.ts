/**
 * What each replica has on its disk, what it has told others, and what it has decided to write: its
 * promises and votes only go up, across restarts too (I4, I5), whatever leaves rests on the disk
 * (I6), and a promise tells everything and is kept (I7).
 */
import type { Ballot, ReplicaId } from '../../paxos/ballot.ts';
import type { Command, Proposal, Slot } from '../../paxos/command.ts';
import type { LogRecord } from '../../paxos/effects.ts';
import type { LeaderConfirmed, PromiseMessage } from '../../paxos/messages.ts';
import type { RecoveredLog } from '../../storage/acceptor-log.ts';
import { violate } from './invariant.ts';
import { NO_RANK, type Rank, rankOf, rankText } from './ranks.ts';
import { isSame } from './proposals.ts';

interface Vote {
  readonly rank: Rank;
  readonly command: Command;
}

interface Acceptor {
  promised: Rank;
  /** By slot, on disk. */
  accepted: Rank[];
  /** The highest that it has told anybody. */
  told: Rank;
  /** What its core has decided, durable or on its way to the disk; of this life. */
  decidedPromise: Rank;
  readonly decided: Map<Slot, Vote>;
  highestDecided: Slot;
}

/** What a promise must report. */
export interface Report {
  readonly from: Slot;
  readonly chosenUpTo: Slot;
  readonly parts: readonly PromiseMessage[];
}

export class Acceptors {
  readonly #acceptors = new Map<ReplicaId, Acceptor>();
  /** What was promised when a confirmation was given: it must be durable when that leaves. */
  readonly #confirmedOn = new WeakMap<LeaderConfirmed, Rank>();

  /** One atomic write of the log. */
  durable(id: ReplicaId, records: readonly LogRecord[]): void {
    const acceptor = this.#of(id);
    for (const record of records) {
      const rank = rankOf(record.ballot);
      if (record.type === 'promised') this.#promise(id, acceptor, rank);
      else this.#accept(id, acceptor, record.slot, rank);
    }
    for (const record of records) {
      const rank = rankOf(record.ballot);
      if (record.type !== 'accepted' || rank <= acceptor.promised) continue;
      const text = `replica ${id}, slot ${record.slot}, ${rankText(rank)}`;
      violate('I4: a vote promises its ballot', `${text}, disk ${rankText(acceptor.promised)}`);
    }
  }

  #promise(id: ReplicaId, acceptor: Acceptor, rank: Rank): void {
    if (rank < acceptor.promised) {
      const text = `replica ${id}: ${rankText(rank)}, disk ${rankText(acceptor.promised)}`;
      violate('I4: promises never decrease', text);
    }
    acceptor.promised = rank;
  }

  #accept(id: ReplicaId, acceptor: Acceptor, slot: Slot, rank: Rank): void {
    const before = acceptor.accepted[slot] ?? NO_RANK;
    if (rank < before) {
      const text = `replica ${id}, slot ${slot}: ${rankText(rank)}, disk ${rankText(before)}`;
      violate('I5: accepted ballots never decrease', text);
    }
    acceptor.accepted[slot] = rank;
  }

  /**
   * I4, I5 across restarts: what was durable, and what was told, is still there. More may be: a
   * write that was under way at the crash can have reached the disk. `above`: slots up to there
   * are in the state. Whether there is more than was known to be durable.
   */
  recovered(
    id: ReplicaId,
    log: Pick<RecoveredLog, 'promised' | 'proposals'>,
    above: Slot,
  ): boolean {
    const acceptor = this.#of(id);
    const promised = rankOf(log.promised);
    const least = Math.max(acceptor.promised, acceptor.told);
    if (promised < least) {
      const text = `replica ${id}: ${rankText(promised)}, was ${rankText(least)}`;
      violate('I4: a promise outlives a crash', text);
    }
    let hasMore = promised > acceptor.promised;
    acceptor.promised = promised;
    acceptor.decidedPromise = promised;
    acceptor.decided.clear();
    acceptor.highestDecided = above;
    for (const { slot, ballot, command } of log.proposals) {
      this.#decide(acceptor, slot, { rank: rankOf(ballot), command });
    }
    for (let slot = above + 1; slot < acceptor.accepted.length; slot += 1) {
      const before = acceptor.accepted[slot] ?? NO_RANK;
      if ((acceptor.decided.get(slot)?.rank ?? NO_RANK) >= before) continue;
      const text = `replica ${id}, slot ${slot}, ${rankText(before)}`;
      violate('I5: an accepted proposal outlives a crash', text);
    }
    for (const [slot, { rank }] of acceptor.decided) {
      hasMore ||= rank > (acceptor.accepted[slot] ?? NO_RANK);
      acceptor.accepted[slot] = rank;
      if (rank <= promised) continue;
      violate('I4: a vote promises its ballot', `replica ${id}, slot ${slot}, ${rankText(rank)}`);
    }
    return hasMore;
  }

  /** On its disk. */
  promisedBy(id: ReplicaId): Rank {
    return this.#of(id).promised;
  }

  /** Its disk is not what it was, by the world's doing: what it now says is nobody's fault. */
  forget(id: ReplicaId): void {
    this.#acceptors.delete(id);
  }

  /** Its core has decided to write this. */
  decides(id: ReplicaId, record: LogRecord): void {
    const acceptor = this.#of(id);
    const rank = rankOf(record.ballot);
    if (record.type === 'promised') acceptor.decidedPromise = rank;
    else this.#decide(acceptor, record.slot, { rank, command: record.command });
  }

  #decide(acceptor: Acceptor, slot: Slot, vote: Vote): void {
    acceptor.decided.set(slot, vote);
    acceptor.highestDecided = Math.max(acceptor.highestDecided, slot);
  }

  /** I7: a promise tells of every open slot what was accepted last, and that whole. */
  reports(id: ReplicaId, { from, chosenUpTo, parts }: Report): void {
    const acceptor = this.#of(id);
    const reported = reportOf(id, parts);
    let index = 0;
    for (let slot = Math.max(from, chosenUpTo + 1); slot <= acceptor.highestDecided; slot += 1) {
      const vote = acceptor.decided.get(slot);
      if (vote === undefined) continue;
      const told = reported[index];
      index += 1;
      if (told?.slot === slot && isTold(told, vote)) continue;
      const text = `replica ${id}, slot ${slot}, ${rankText(vote.rank)}`;
      violate('I7: a promise reports all that was accepted', text);
    }
    if (index === reported.length) return;
    const text = `replica ${id}, slot ${reported[index]?.slot}`;
    violate('I7: a promise reports only what was accepted', text);
  }

  /** I6. What a promise tells of is durable with it. */
  sentPromise(from: ReplicaId, message: PromiseMessage): void {
    const acceptor = this.#of(from);
    this.sentInBallot(from, message.ballot);
    acceptor.told = Math.max(acceptor.told, rankOf(message.ballot));
    for (const { slot, ballot } of message.accepted) {
      if ((acceptor.accepted[slot] ?? NO_RANK) >= rankOf(ballot)) continue;
      violate('I6: a promise tells what is durable', `replica ${from}, slot ${slot}`);
    }
  }

  /** I6, and I7: nothing below a promise is accepted after it was given. */
  sentAccepted(from: ReplicaId, slot: Slot, ballot: Ballot): void {
    const acceptor = this.#of(from);
    const rank = rankOf(ballot);
    if (rank < acceptor.told) {
      const text = `replica ${from}, slot ${slot}, ${rankText(rank)}`;
      violate('I7: no vote below a promise', `${text}, promised ${rankText(acceptor.told)}`);
    }
    if ((acceptor.accepted[slot] ?? NO_RANK) < rank) {
      const text = `replica ${from}, slot ${slot}, ${rankText(rank)}`;
      violate('I6: a vote is durable before it is sent', text);
    }
    acceptor.told = rank;
  }

  /** I6: its own vote counts like any other. It may have promised higher meanwhile. */
  countsOwn(id: ReplicaId, slot: Slot, ballot: Ballot): void {
    if ((this.#of(id).accepted[slot] ?? NO_RANK) >= rankOf(ballot)) return;
    const text = `replica ${id}, slot ${slot}, ${rankText(rankOf(ballot))}`;
    violate('I6: a vote is durable before it counts', text);
  }

  confirms(id: ReplicaId, message: LeaderConfirmed): void {
    this.#confirmedOn.set(message, this.#of(id).decidedPromise);
  }

  /** I15: no leader is confirmed below a promise that was given, nor on one that is not durable. */
  sentConfirmation(from: ReplicaId, message: LeaderConfirmed): void {
    const acceptor = this.#of(from);
    const rank = rankOf(message.ballot);
    const text = `replica ${from}, ${rankText(rank)}`;
    if (rank < acceptor.told) {
      const told = rankText(acceptor.told);
      violate('I15: no confirmation below a promise', `${text}, promised ${told}`);
    }
    if (acceptor.promised < (this.#confirmedOn.get(message) ?? NO_RANK)) {
      violate('I6: a confirmation rests on a durable promise', text);
    }
  }

  /** I6: who speaks in a ballot has promised it, durably. */
  sentInBallot(from: ReplicaId, ballot: Ballot): void {
    const { promised } = this.#of(from);
    if (promised >= rankOf(ballot)) return;
    const text = `replica ${from}: ${rankText(rankOf(ballot))}, disk ${rankText(promised)}`;
    violate('I6: durable before send', text);
  }

  #of(id: ReplicaId): Acceptor {
    const known = this.#acceptors.get(id);
    if (known !== undefined) return known;
    const acceptor: Acceptor = {
      promised: NO_RANK,
      accepted: [],
      told: NO_RANK,
      decidedPromise: NO_RANK,
      decided: new Map(),
      highestDecided: 0,
    };
    this.#acceptors.set(id, acceptor);
    return acceptor;
  }
}

function reportOf(id: ReplicaId, parts: readonly PromiseMessage[]): readonly Proposal[] {
  const isWhole = parts.every((part, index) => part.part === index && part.parts === parts.length);
  if (!isWhole) violate('I7: a promise comes in all its parts', `replica ${id}`);
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only.accepted : parts.flatMap(acceptedIn);
}

function acceptedIn({ accepted }: PromiseMessage): readonly Proposal[] {
  return accepted;
}

function isTold({ ballot, command }: Proposal, vote: Vote): boolean {
  return rankOf(ballot) === vote.rank && isSame(command, vote.command);
}
