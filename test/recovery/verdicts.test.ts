/**
 * The verdicts, told as stories, and held against single slots of Paxos in which everything may be
 * lost, late, or repeated: whatever was chosen there, no verdict contradicts it.
 */
import { assert, noBias, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Membership } from '../../src/paxos/membership.ts';
import type { Evidence, Survivor } from '../../src/recovery/evidence.ts';
import { judge, mayHaveChosenMore, type SlotVerdict } from '../../src/recovery/verdicts.ts';
import type { Vote } from '../../src/storage/log-evidence.ts';
import { history, type Left, type SlotHistory } from './slot-history.ts';

const CLUSTER = 'c'.repeat(32);

function incarnationOf(id: number): string {
  return String(id).padStart(32, '0');
}

function membership(
  voters: number,
  quorums = { phase1: Math.floor(voters / 2) + 1, phase2: Math.floor(voters / 2) + 1 },
  epoch = 1,
): Membership {
  const members = Array.from({ length: voters }, (_, at) => ({
    id: at + 1,
    incarnation: incarnationOf(at + 1),
    role: 'voter' as const,
    peerUrl: `http://127.0.0.1:${at}`,
    clientUrl: `http://127.0.0.1:${at}`,
  }));
  return { clusterId: CLUSTER, epoch, members, quorums };
}

function vote(slot: number, round: number, digest: string, more: Partial<Vote> = {}): Vote {
  const ballot = { round, leader: 1 };
  const kind = { type: 'batch', bytes: 1, membership: undefined } as const;
  return { epoch: 1, slot, ballot, digest, ...kind, ...more };
}

function stop(slot: number, round: number, next: Membership): Vote {
  return vote(slot, round, `stop ${next.epoch}`, { type: 'stop', membership: next });
}

function survivor(id: number, votes: readonly Vote[], more: Partial<Survivor> = {}): Survivor {
  const upTo = more.holdsChosenUpTo ?? 0;
  const knows = { holdsChosenAbove: 0, holdsChosenUpTo: 0, knowsChosenUpTo: upTo };
  return { id, incarnation: incarnationOf(id), mayHaveForgotten: false, ...knows, votes, ...more };
}

function verdictsOf(
  members: Membership,
  survivors: readonly Survivor[],
  more: Partial<Evidence> = {},
): readonly SlotVerdict[] {
  const memberships = new Map([[members.epoch, members]]);
  return [...judge({ appliedUpTo: 0, epoch: 1, memberships, survivors, ...more })];
}

function short(verdicts: readonly SlotVerdict[]): readonly string[] {
  return verdicts.map(({ from, upTo, verdict, reason, taken }) =>
    [from, upTo, verdict, reason, taken?.vote.digest ?? '-'].join(' '),
  );
}

describe('of three voters, with one that is left', () => {
  const three = membership(3);

  test('what it knows to be chosen is certain, and what it accepted above possibly chosen', () => {
    const votes = [vote(1, 1, 'a'), vote(2, 1, 'b'), vote(3, 1, 'c')];
    const verdicts = verdictsOf(three, [survivor(1, votes, { holdsChosenUpTo: 2 })]);
    expect(short(verdicts)).toEqual([
      '1 1 certain known a',
      '2 2 certain known b',
      '3 3 possiblyChosen mayBe c',
    ]);
    expect(mayHaveChosenMore(three, [survivor(1, votes)])).toBe(true);
  });

  test('a slot that it missed, below one that it has, is lost', () => {
    expect(short(verdictsOf(three, [survivor(1, [vote(3, 1, 'c')])]))).toEqual([
      '1 2 lost mayBeGone -',
      '3 3 possiblyChosen mayBe c',
    ]);
  });

  test('what it knows to be chosen, and has trimmed, is lost where its state is', () => {
    const one = survivor(1, [vote(9, 1, 'i')], { holdsChosenUpTo: 9, knowsChosenUpTo: 9 });
    expect(short(verdictsOf(three, [one]))).toEqual([
      '1 8 lost chosenAndGone -',
      '9 9 certain known i',
    ]);
  });

  test('what it holds below a state that was installed may be what lost', () => {
    const votes = [vote(1, 1, 'old'), vote(2, 1, 'b')];
    const one = survivor(1, votes, { holdsChosenAbove: 1, holdsChosenUpTo: 2 });
    expect(short(verdictsOf(three, [one]))).toEqual([
      '1 1 possiblyChosen chosenElsewhere old',
      '2 2 certain known b',
    ]);
  });

  test('slots that the best state has applied are not judged', () => {
    const one = survivor(1, [vote(3, 1, 'c'), vote(4, 1, 'd')], { holdsChosenUpTo: 3 });
    expect(short(verdictsOf(three, [one], { appliedUpTo: 3 }))).toEqual([
      '4 4 possiblyChosen mayBe d',
    ]);
  });
});

describe('with two of three that are left', () => {
  const three = membership(3);

  test('one ballot on both is a quorum', () => {
    const both = [survivor(1, [vote(1, 1, 'a')]), survivor(2, [vote(1, 1, 'a')])];
    expect(short(verdictsOf(three, both))).toEqual(['1 1 certain quorum a']);
  });

  test('the highest ballot is taken, and the other one named', () => {
    const both = [survivor(1, [vote(1, 1, 'a')]), survivor(2, [vote(1, 2, 'b')])];
    const verdicts = verdictsOf(three, both);
    expect(short(verdicts)).toEqual(['1 1 possiblyChosen mayBe b']);
    expect(verdicts[0]?.others.map((held) => held.vote.digest)).toEqual(['a']);
  });

  test('a slot that neither holds was not chosen, unless one may have forgotten', () => {
    const first = survivor(1, [vote(2, 1, 'b')]);
    const whole = survivor(2, []);
    expect(short(verdictsOf(three, [first, whole]))[0]).toBe('1 1 certain nothingChosen -');
    expect(mayHaveChosenMore(three, [first, whole])).toBe(false);
    const doubtful = survivor(2, [], { mayHaveForgotten: true });
    expect(short(verdictsOf(three, [first, doubtful]))[0]).toBe('1 1 lost mayBeGone -');
    expect(mayHaveChosenMore(three, [first, doubtful])).toBe(true);
  });

  test('a replica in another incarnation than the record names is not that voter', () => {
    const other = survivor(2, [vote(1, 1, 'a')], { incarnation: incarnationOf(9) });
    const both = [survivor(1, [vote(1, 1, 'a')]), other];
    expect(short(verdictsOf(three, both))).toEqual(['1 1 possiblyChosen mayBe a']);
  });

  test('what one knows to be chosen counts, also against a lower ballot of the other', () => {
    const knows = survivor(1, [vote(1, 3, 'b')], { holdsChosenUpTo: 1 });
    const verdicts = verdictsOf(three, [survivor(2, [vote(1, 2, 'a')]), knows]);
    expect(short(verdicts)).toEqual(['1 1 certain known b']);
  });

  test('who only knows that something was chosen makes nothing certain', () => {
    const knows = survivor(1, [], { knowsChosenUpTo: 1 });
    const verdicts = verdictsOf(three, [survivor(2, [vote(1, 2, 'a')]), knows]);
    expect(short(verdicts)).toEqual(['1 1 possiblyChosen chosenElsewhere a']);
    const holds = survivor(1, [vote(1, 1, 'old')], { knowsChosenUpTo: 1 });
    expect(short(verdictsOf(three, [holds]))).toEqual(['1 1 possiblyChosen chosenElsewhere old']);
  });

  test('two that contradict each other are said to', () => {
    const both = [1, 2].map((id) =>
      survivor(id, [vote(1, id, `by ${id}`)], { holdsChosenUpTo: 1 }),
    );
    expect(short(verdictsOf(three, both))).toEqual(['1 1 possiblyChosen contradiction by 2']);
  });
});

describe('with quorums that are no majorities', () => {
  test('of five with a phase 2 of four, one vote beside two missing chose nothing', () => {
    const five = membership(5, { phase1: 2, phase2: 4 });
    const left = [survivor(1, [vote(1, 1, 'a')]), survivor(2, []), survivor(3, [])];
    expect(short(verdictsOf(five, left))).toEqual(['1 1 certain nothingChosen a']);
  });

  test('of four, two that are missing may have made one vote a quorum, but not none', () => {
    const left = [survivor(1, [vote(1, 1, 'a'), vote(3, 1, 'c')]), survivor(2, [])];
    expect(short(verdictsOf(membership(4), left))).toEqual([
      '1 1 possiblyChosen mayBe a',
      '2 2 certain nothingChosen -',
      '3 3 possiblyChosen mayBe c',
    ]);
  });
});

describe('across epochs', () => {
  const one = membership(1);
  const three = membership(3, undefined, 2);

  test('what the ended epoch holds above a chosen stop is void', () => {
    const votes = [
      stop(1, 1, three),
      vote(2, 1, 'void'),
      vote(3, 1, 'void'),
      vote(2, 1, 'b', { epoch: 2 }),
    ];
    const verdicts = verdictsOf(one, [survivor(1, votes)]);
    expect(short(verdicts)).toEqual(['1 1 certain quorum stop 2', '2 2 possiblyChosen mayBe b']);
    expect(verdicts[1]?.epoch).toBe(2);
  });

  test('a stop below a higher ballot of its epoch was not chosen', () => {
    const votes = [stop(1, 1, membership(3, undefined, 2)), vote(2, 2, 'b')];
    const verdicts = verdictsOf(membership(3), [survivor(1, votes)]);
    expect(short(verdicts)).toEqual(['1 1 lost mayBeGone -', '2 2 possiblyChosen mayBe b']);
    expect(verdicts[0]?.others.map((held) => held.vote.digest)).toEqual(['stop 2']);
  });

  test('a stop above which lower ballots stand ends the epoch', () => {
    const votes = [stop(1, 3, three), vote(2, 2, 'void')];
    expect(short(verdictsOf(membership(3), [survivor(1, votes)]))).toEqual([
      '1 1 possiblyChosen mayBe stop 2',
    ]);
  });

  test('behind a stop that is lost nobody can be counted', () => {
    const votes = [1, 2].map((id) => survivor(id, [vote(2, 1, 'b', { epoch: 2 })]));
    expect(short(verdictsOf(membership(3), votes))).toEqual([
      '1 1 lost mayBeGone -',
      '2 2 possiblyChosen mayBe b',
    ]);
  });
});

describe('of one slot that went through any ballots', () => {
  test('no verdict contradicts what was chosen', () => {
    let chosenOnes = 0;
    let contested = 0;
    const reasons = new Set<string>();
    const all = property(noBias(history), (one) => {
      const { chosen } = one;
      const members = membership(one.voters, one.quorums);
      const named = one.survivors.map((left) => leftOf(left));
      const [verdict] = verdictsOf(members, named);
      if (chosen !== undefined) chosenOnes += 1;
      if (verdict !== undefined) reasons.add(verdict.reason);
      if (chosen !== undefined && (verdict?.others.length ?? 0) > 0) contested += 1;
      const mayBeMore = mayHaveChosenMore(members, named);
      expect(contradictions(one, verdict, mayBeMore)).toEqual([]);
    });
    assert(all, { numRuns: 4_000 });
    expect(chosenOnes).toBeGreaterThan(300);
    expect(contested).toBeGreaterThan(5);
    for (const reason of ['known', 'quorum', 'mayBe', 'nothingChosen']) {
      expect(reasons).toContain(reason);
    }
  });
});

function leftOf({ forgets, held, id, knows }: Left): Survivor {
  const votes = held === undefined ? [] : [vote(1, held.round, held.command)];
  return survivor(id, votes, { holdsChosenUpTo: knows ? 1 : 0, mayHaveForgotten: forgets });
}

/** In words, what the verdict says against what was. */
function contradictions(
  { chosen, survivors }: SlotHistory,
  verdict: SlotVerdict | undefined,
  mayBeMore: boolean,
): readonly string[] {
  const taken = verdict?.taken?.vote.digest;
  const { reason } = verdict ?? {};
  const isHeld = survivors.some(({ held }) => held !== undefined);
  const isChosenHeld = survivors.some(({ holdsChosen }) => holdsChosen);
  const said: readonly (readonly [string, boolean])[] = [
    ['survivors contradict each other', reason === 'contradiction'],
    ['nothing was chosen', reason === 'nothingChosen' && chosen !== undefined],
    ['it is certain', (reason === 'known' || reason === 'quorum') && taken !== chosen],
    ['there is no more', verdict === undefined && chosen !== undefined && !mayBeMore],
    ['another is taken than what was chosen and is held', isChosenHeld && taken !== chosen],
    ['what is held is not taken', isHeld !== (taken !== undefined)],
  ];
  return said.filter(([, isWrong]) => isWrong).map(([text]) => text);
}
