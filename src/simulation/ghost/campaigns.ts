/**
 * Ballots and who may use them: one life of one replica each (I2), who leads once it has heard a
 * phase 1 quorum in full (I9) and holds all that was chosen below it (I10), and who then proposes
 * what that quorum obliges it to (I8, PMS P2c). The ghost keeps its own record of the promises that
 * arrived.
 */
import type { Ballot, ReplicaId } from '../../paxos/ballot.ts';
import type { Command, Proposal, Slot } from '../../paxos/command.ts';
import type { Leader, LearnerState } from '../../paxos/core-state.ts';
import type { PromiseMessage } from '../../paxos/messages.ts';
import { violate } from './invariant.ts';
import { Lives } from './lives.ts';
import { isSame, type Proposals } from './proposals.ts';
import { type Mask, NO_RANK, type Rank, rankOf, rankText, type Voters } from './ranks.ts';

/** One replica's promise, as far as it has arrived. */
interface Arrived {
  readonly from: ReplicaId;
  readonly chosenUpTo: Slot;
  readonly parts: number;
  readonly received: Map<number, readonly Proposal[]>;
}

interface Obligation {
  readonly rank: Rank;
  readonly command: Command;
}

interface Campaign {
  /** Of its owner. */
  readonly life: number;
  /** Forgotten once it leads. */
  promises: Arrived[];
  /** Somebody was told of it. */
  isUsed: boolean;
  isLed: boolean;
  /** Up to here a quorum knew everything to be chosen. */
  chosenUpTo: Slot;
  readonly obligations: Map<Slot, Obligation>;
  /** Where it proposed a stop. */
  stop: Slot | undefined;
}

export class Campaigns {
  readonly #proposals: Proposals;
  readonly #campaigns = new Map<Rank, Campaign>();
  readonly #lives: Lives;
  /** The first slot of the epoch. */
  readonly #from: Slot;

  constructor(proposals: Proposals, lives = new Lives(), from: Slot = 1) {
    this.#proposals = proposals;
    this.#lives = lives;
    this.#from = from;
  }

  booted(id: ReplicaId): void {
    this.#lives.booted(id);
  }

  /** A replica begins to campaign. A ballot that nobody was told of before a crash may come again. */
  campaigns(id: ReplicaId, ballot: Ballot): void {
    const life = this.#lives.of(id);
    const known = this.#campaigns.get(rankOf(ballot));
    if (known?.life === life) return;
    if (known?.isUsed === true) violateUnique(id, ballot);
    const obligations = new Map<Slot, Obligation>();
    const fresh = { isUsed: false, isLed: false, chosenUpTo: 0, stop: undefined };
    this.#campaigns.set(rankOf(ballot), { ...fresh, life, promises: [], obligations });
  }

  /** I2: a ballot belongs to one life of one replica. */
  sentPrepare(id: ReplicaId, ballot: Ballot): void {
    const campaign = this.#campaigns.get(rankOf(ballot));
    const isOwn = campaign?.life === this.#lives.of(id) && ballot.leader === id;
    if (campaign === undefined || !isOwn) violateUnique(id, ballot);
    campaign.isUsed = true;
  }

  promised(from: ReplicaId, message: PromiseMessage): void {
    const campaign = this.#campaigns.get(rankOf(message.ballot));
    if (campaign === undefined || campaign.isLed) return;
    const { chosenUpTo, parts, part, accepted } = message;
    const known = campaign.promises.find(
      (one) => one.from === from && one.parts === parts && one.chosenUpTo === chosenUpTo,
    );
    if (known !== undefined) known.received.set(part, accepted);
    else campaign.promises.push({ from, chosenUpTo, parts, received: new Map([[part, accepted]]) });
  }

  /** I9, I10, I17: a replica declares itself leader. */
  leads(learner: LearnerState, role: Leader, voters: Voters): void {
    const rank = rankOf(role.ballot);
    const { leader } = role.ballot;
    const text = rankText(rank);
    const campaign = this.#campaigns.get(rank);
    const life = this.#lives.of(leader);
    if (campaign === undefined || campaign.isLed || campaign.life !== life) {
      violate('I17: one leader for a ballot', text);
    }
    campaign.isUsed = true;
    campaign.isLed = true;
    const whole = campaign.promises.filter(({ parts, received }) => received.size === parts);
    let mask: Mask = 0;
    for (const { from } of whole) mask |= voters.bitOf(from);
    if (!voters.isPhase1(mask)) violate('I9: a leader has a phase 1 quorum', text);
    const heard = new Set<ReplicaId>();
    for (const { chosenUpTo, from, received } of whole) {
      // Who answers once more may know of more by then: its first answer is the one that counts.
      if (!heard.has(from)) campaign.chosenUpTo = Math.max(campaign.chosenUpTo, chosenUpTo);
      heard.add(from);
      for (const accepted of received.values()) oblige(campaign.obligations, accepted);
    }
    campaign.promises = [];
    this.#checkComplete(learner, role, rank);
  }

  /** I10: it holds every slot that was chosen in a lower ballot, and proposes the same there. */
  #checkComplete(learner: LearnerState, role: Leader, rank: Rank): void {
    const { highestChosen, chosen } = this.#proposals;
    const stops = [...role.inFlight].filter(([, { command }]) => command.type === 'stop');
    const stop = Math.min(...stops.map(([slot]) => slot));
    for (let slot = learner.chosenUpTo + 1; slot <= highestChosen; slot += 1) {
      const command = chosen.get(slot);
      const chosenIn = this.#proposals.chosenIn(slot) ?? rank;
      if (command === undefined || chosenIn >= rank) continue;
      // I20: above a stop nothing is inherited.
      if (slot > stop) continue;
      const held = role.inFlight.get(slot)?.command;
      if (slot < role.firstOwnSlot && held !== undefined && isSame(held, command)) continue;
      const text = `slot ${slot}, chosen in ${rankText(chosenIn)}, ${rankText(rank)} leads`;
      violate('I10: a leader holds all that is chosen', text);
    }
  }

  /** I8: the first time that a leader writes or sends a proposal. */
  proposes(slot: Slot, ballot: Ballot, command: Command): void {
    const rank = rankOf(ballot);
    const text = `${rankText(rank)} in slot ${slot}`;
    const campaign = this.#campaigns.get(rank);
    if (campaign?.isLed !== true) violate('I8: no proposal before a phase 1 quorum', text);
    if (slot > (campaign.stop ?? slot)) violate('I20: nothing is proposed above a stop', text);
    if (slot < this.#from) violate('I20: a slot is of one epoch', text);
    if (command.type === 'stop') campaign.stop = slot;
    if (slot <= campaign.chosenUpTo) violate('I8: no proposal where one is chosen', text);
    const obligation = campaign.obligations.get(slot);
    if (obligation !== undefined && !isSame(obligation.command, command)) {
      const before = rankText(obligation.rank);
      violate('I8: what a quorum reports is proposed again', `${text}, reported of ${before}`);
    }
    const chosenIn = this.#proposals.chosenIn(slot) ?? NO_RANK;
    if (chosenIn === NO_RANK || chosenIn >= rank) return;
    if (this.#proposals.isChosen(slot, command)) return;
    violate('I8: what is chosen is proposed again', `${text}, chosen in ${rankText(chosenIn)}`);
  }
}

function violateUnique(id: ReplicaId, ballot: Ballot): never {
  violate('I2: ballots are unique', `${rankText(rankOf(ballot))} used by replica ${id}`);
}

/** Of each slot what was accepted in the highest ballot. */
function oblige(obligations: Map<Slot, Obligation>, accepted: readonly Proposal[]): void {
  for (const { slot, ballot, command } of accepted) {
    const rank = rankOf(ballot);
    const before = obligations.get(slot);
    if (before === undefined || rank > before.rank) obligations.set(slot, { rank, command });
  }
}
