/**
 * What became of each slot that the best state has not applied, as far as the surviving logs show.
 * One ballot has one command in a slot (I3), and once a command is chosen in ballot b, every
 * proposal of a higher ballot in that slot is the same command (PMS P2c). From these two:
 *
 * - Of a slot up to which a survivor knows the chosen prefix, the record that it holds is what was
 *   chosen: a replica counts a slot as chosen only with its command in hand, and what it accepts
 *   there later is the same. That word is written with a batch that comes no earlier than the record,
 *   so it also holds in a log that lost its end. It does not hold where the prefix was told by a state
 *   that is ahead of the log: below one that was installed from a peer, and in the log of a suspect,
 *   which went on from its state when the end of its log was lost. Nor does it in a log with holes,
 *   where the record may be an older one.
 * - Where records of one ballot are a phase 2 quorum, that command was chosen. A record that is no
 *   vote, but was pulled as chosen, does no harm: it is there only because the command was chosen.
 * - Else only a command in the highest ballot that is seen may have been chosen: in a lower ballot
 *   another one was not, for then the higher one would carry it; in a higher one nobody knows. It
 *   may have been where a phase 2 quorum can be had of those who hold it, above every other, and
 *   of those who are missing or may have forgotten. Where it cannot, nothing was chosen.
 * - A stop is the last command of a ballot: who proposes above one, in a higher ballot, knew that
 *   it was not chosen.
 */
import {
  type Ballot,
  compareBallots,
  isHigher,
  isSame,
  type ReplicaId,
  ZERO_BALLOT,
} from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import { type Epoch, isPhase2Quorum, type Membership, votersOf } from '../paxos/membership.ts';
import type { Evidence, Held, Survivor } from './evidence.ts';
import { SlotVotes } from './slot-votes.ts';

export type Verdict = 'certain' | 'possiblyChosen' | 'lost';

export type Reason =
  /** certain: a survivor knows it. */
  | 'known'
  /** certain: survivors are a quorum for it. */
  | 'quorum'
  /** certain: no command can have been chosen; one that was proposed may be taken as well as none. */
  | 'nothingChosen'
  /** possibly chosen: those who are missing may have made it a quorum, or have chosen another. */
  | 'mayBe'
  /** possibly chosen: something was chosen here, and who knows that does not hold it. */
  | 'chosenElsewhere'
  /** possibly chosen: what survivors hold cannot all be true; one of them is damaged. */
  | 'contradiction'
  /** lost: something was chosen here, and nobody holds it. */
  | 'chosenAndGone'
  /** lost: those who are missing may have chosen something here, below what is known. */
  | 'mayBeGone';

/** Of one slot, or of a run of slots in which nobody holds anything. */
export interface SlotVerdict {
  readonly from: Slot;
  readonly upTo: Slot;
  readonly epoch: Epoch;
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** What is taken over; `undefined`: nothing is. */
  readonly taken: Held | undefined;
  /** Other commands that survivors hold in the slot, or the same one as a stop that is disproved. */
  readonly others: readonly Held[];
}

/** In order, without holes, up to the highest slot of which any survivor knows or holds anything. */
export function* judge(evidence: Evidence): Generator<SlotVerdict, undefined> {
  const { survivors } = evidence;
  const votes = new SlotVotes(survivors);
  const knownUpTo = Math.max(0, ...survivors.map(({ knowsChosenUpTo }) => knowsChosenUpTo));
  const memberships = new Map(evidence.memberships);
  let { epoch } = evidence;
  let slot = evidence.appliedUpTo + 1;
  while (slot <= Math.max(knownUpTo, votes.highestSlot(epoch))) {
    const held = votes.at(slot, epoch);
    epoch = held[0]?.vote.epoch ?? epoch;
    const membership = memberships.get(epoch);
    const isPast = votes.highestSlot(epoch + 1) > 0;
    const place = { epoch, isPast, membership, survivors, knownUpTo };
    if (held.length === 0) {
      const empty = judgeEmpty(place, slot, votes.nextSlot(slot, epoch));
      yield empty;
      slot = empty.upTo + 1;
      continue;
    }
    const [stands, disproved] = votes.withoutDisprovedStops(held);
    const verdict = judgeHeld(place, slot, stands);
    yield { ...verdict, others: [...verdict.others, ...disproved] };
    const next = verdict.taken?.vote.membership;
    if (next !== undefined) {
      epoch = next.epoch;
      memberships.set(epoch, next);
    }
    slot += 1;
  }
}

/** Whether those who are missing may have chosen anything of which no survivor has a trace. */
export function mayHaveChosenMore(
  membership: Membership | undefined,
  survivors: readonly Survivor[],
): boolean {
  return canChoose({ membership, survivors, isPast: false }, []);
}

interface Place {
  readonly epoch: Epoch;
  /** There are votes of a later one, so that its stop was chosen, with all that is below it. */
  readonly isPast: boolean;
  /** `undefined`: the stop that told it is lost. */
  readonly membership: Membership | undefined;
  readonly survivors: readonly Survivor[];
  readonly knownUpTo: Slot;
}

/** Up to before the next slot in which anybody holds anything; what is known to be chosen apart. */
function judgeEmpty(place: Place, from: Slot, next: Slot): SlotVerdict {
  const { epoch, knownUpTo } = place;
  const run = { from, epoch, taken: undefined, others: [] };
  if (from <= knownUpTo) {
    const upTo = Math.min(next - 1, knownUpTo);
    return { ...run, upTo, verdict: 'lost', reason: 'chosenAndGone' };
  }
  const upTo = next - 1;
  if (canChoose(place, [])) return { ...run, upTo, verdict: 'lost', reason: 'mayBeGone' };
  return { ...run, upTo, verdict: 'certain', reason: 'nothingChosen' };
}

function judgeHeld(place: Place, slot: Slot, held: readonly Held[]): SlotVerdict {
  const { epoch, knownUpTo } = place;
  const highest = highestOf(held);
  if (highest === undefined) return judgeEmpty(place, slot, slot + 1);
  const taking = (taken: Held, verdict: Verdict, reason: Reason): SlotVerdict => {
    const others = held.filter(({ vote }) => vote.digest !== taken.vote.digest);
    return { from: slot, upTo: slot, epoch, verdict, reason, taken, others };
  };
  const known = held.filter(({ by }) => slot > by.holdsChosenAbove && slot <= by.holdsChosenUpTo);
  const [first] = known;
  if (first !== undefined) {
    const isAgreed = known.every(({ vote }) => vote.digest === first.vote.digest);
    if (isAgreed) return taking(first, 'certain', 'known');
    return taking(highestOf(known) ?? first, 'possiblyChosen', 'contradiction');
  }
  const chosen = held.find(({ vote }) => isChosenBy(place, held, vote.ballot));
  if (chosen !== undefined) {
    const isAgreed = highest.vote.digest === chosen.vote.digest;
    if (isAgreed) return taking(chosen, 'certain', 'quorum');
    return taking(highest, 'possiblyChosen', 'contradiction');
  }
  if (slot <= knownUpTo) return taking(highest, 'possiblyChosen', 'chosenElsewhere');
  const mayBe = canChoose(place, holdersAbove(held, highest));
  return mayBe
    ? taking(highest, 'possiblyChosen', 'mayBe')
    : taking(highest, 'certain', 'nothingChosen');
}

function highestOf(held: readonly Held[]): Held | undefined {
  return held.toSorted((a, b) => compareBallots(b.vote.ballot, a.vote.ballot))[0];
}

function isChosenBy({ membership }: Place, held: readonly Held[], ballot: Ballot): boolean {
  if (membership === undefined) return false;
  const voters = held.filter(({ vote }) => isSame(vote.ballot, ballot)).map(({ by }) => by);
  return isPhase2Quorum(membership, idsOf(membership, voters));
}

/** Who holds this command in a ballot above those of all others: only these may have chosen it. */
function holdersAbove(held: readonly Held[], { vote: { digest } }: Held): readonly Survivor[] {
  let above = ZERO_BALLOT;
  for (const { vote } of held) {
    if (vote.digest !== digest && isHigher(vote.ballot, above)) above = vote.ballot;
  }
  return held.filter(({ vote }) => isHigher(vote.ballot, above)).map(({ by }) => by);
}

/** Whether these are a phase 2 quorum, with all whose votes are not known. */
function canChoose(
  { isPast, membership, survivors }: Pick<Place, 'isPast' | 'membership' | 'survivors'>,
  holders: readonly Survivor[],
): boolean {
  if (membership === undefined || isPast) return true;
  const remember = idsOf(
    membership,
    survivors.filter(({ mayHaveForgotten }) => !mayHaveForgotten),
  );
  const couldVote = new Set(idsOf(membership, holders));
  for (const { id } of votersOf(membership)) if (!remember.has(id)) couldVote.add(id);
  return isPhase2Quorum(membership, couldVote);
}

/** A replica in another incarnation than the record names is another replica. */
function idsOf(membership: Membership, survivors: readonly Survivor[]): ReadonlySet<ReplicaId> {
  const ids = new Set<ReplicaId>();
  for (const { id, incarnation } of membership.members) {
    if (survivors.some((one) => one.id === id && one.incarnation === incarnation)) ids.add(id);
  }
  return ids;
}
