/**
 * One slot of Paxos, in which messages are lost at will: voters, quorums that meet, ballots one after
 * the other with the promises and votes that each found, and who is left of it all.
 */
import { type Arbitrary, array, boolean, constantFrom, nat, oneof, record } from 'fast-check';

interface Accepted {
  readonly round: number;
  readonly command: string;
}

export interface Left {
  readonly id: number;
  readonly held: Accepted | undefined;
  /** In a ballot at or above the one in which something was chosen. */
  readonly holdsChosen: boolean;
  readonly knows: boolean;
  /** It holds an older record than it had, or none. */
  readonly forgets: boolean;
}

export interface SlotHistory {
  readonly voters: number;
  readonly quorums: { readonly phase1: number; readonly phase2: number };
  readonly chosen: string | undefined;
  readonly survivors: readonly Left[];
}

interface Step {
  readonly promise: readonly boolean[];
  readonly accept: readonly boolean[];
  /** Of the ballots that lead by now, how many are later than the one whose accepts arrive. */
  readonly late: number;
}

const VOTERS = 5;
const flags = array(boolean(), { minLength: VOTERS, maxLength: VOTERS });
/** One hears a proposal, or most do: so ballots come to propose other commands, and some are chosen. */
const one = nat(VOTERS - 1).map((only) => Array.from({ length: VOTERS }, (_, at) => at === only));
const most = nat(VOTERS).map((but) => Array.from({ length: VOTERS }, (_, at) => at !== but));
const step = record({
  promise: flags,
  accept: oneof(one, one, most),
  late: constantFrom(0, 0, 0, 0, 1),
});

export const history: Arbitrary<SlotHistory> = record({
  voters: constantFrom(2, 3, 4, 5, 5),
  phase2: constantFrom(2, 3, 3, 3, 4),
  steps: array(step, { minLength: 4, maxLength: 9 }),
  left: flags,
  knows: flags,
  forgets: array(constantFrom(0, 0, 0, 0, 1, 2), { minLength: VOTERS, maxLength: VOTERS }),
}).map(({ forgets, knows, left, phase2: wish, steps, voters }) => {
  const phase2 = Math.min(wish, voters);
  const quorums = { phase1: voters - phase2 + 1, phase2 };
  const slot = new Slot(voters, quorums);
  for (const [at, one] of steps.entries()) slot.run(at + 1, one);
  const survivors = slot.records.flatMap((records, at): Left[] => {
    if (left[at] !== true) return [];
    const knowsIt = slot.isSinceChosen(records.at(-1)) && knows[at] === true;
    const drops = knowsIt ? 0 : (forgets[at] ?? 0);
    const held = records.at(-1 - drops);
    const holdsChosen = slot.isSinceChosen(held);
    return [{ id: at + 1, held, holdsChosen, knows: knowsIt, forgets: drops > 0 }];
  });
  return { voters, quorums, chosen: slot.chosen, survivors };
});

/** Acceptors that keep all that they ever accepted, the latest last. */
class Slot {
  readonly records: Accepted[][];
  chosen: string | undefined;
  readonly #quorums: SlotHistory['quorums'];
  readonly #promised: number[];
  readonly #proposals = new Map<number, string>();
  readonly #votes = new Map<number, Set<number>>();
  #chosenIn = Number.POSITIVE_INFINITY;

  constructor(voters: number, quorums: SlotHistory['quorums']) {
    this.records = Array.from({ length: voters }, () => []);
    this.#promised = this.records.map(() => 0);
    this.#quorums = quorums;
  }

  isSinceChosen(held: Accepted | undefined): boolean {
    return held !== undefined && held.round >= this.#chosenIn;
  }

  run(round: number, { accept, late, promise }: Step): void {
    const reports = [...this.records.keys()].filter((at) => promise[at] === true);
    for (const at of reports) this.#promised[at] = round;
    if (reports.length >= this.#quorums.phase1) {
      const known = reports.flatMap((at) => this.records[at]?.at(-1) ?? []);
      const highest = known.toSorted((a, b) => b.round - a.round)[0];
      this.#proposals.set(round, highest?.command ?? `of ${round}`);
    }
    const leading = [...this.#proposals];
    const proposed = leading[leading.length - 1 - (late % Math.max(1, leading.length))];
    if (proposed !== undefined) this.#accept(...proposed, accept);
  }

  #accept(round: number, command: string, reaches: readonly boolean[]): void {
    const votes = this.#votes.get(round) ?? new Set();
    this.#votes.set(round, votes);
    for (const [at, records] of this.records.entries()) {
      if (reaches[at] !== true || round < (this.#promised[at] ?? 0)) continue;
      this.#promised[at] = round;
      if (!votes.has(at)) records.push({ round, command });
      votes.add(at);
    }
    if (votes.size < this.#quorums.phase2 || this.chosen !== undefined) return;
    this.chosen = command;
    this.#chosenIn = round;
  }
}
