/** Copies without an end: of what the owner of a ballot said, or was answered. */
import { describe, expect, test } from 'vitest';
import type { Ballot } from '../../src/paxos/ballot.ts';
import { Echoes } from '../../src/simulation/echoes.ts';
import { Random } from '../../src/simulation/random.ts';
import { VirtualTime } from '../../src/simulation/virtual-time.ts';

const OLD = { round: 1, leader: 1 };
const NEW = { round: 2, leader: 2 };

function heartbeat(ballot: Ballot) {
  return { type: 'heartbeat', epoch: 1, ballot, beat: 1, chosenUpTo: 0 } as const;
}

function world() {
  const time = new VirtualTime();
  const echoes = new Echoes(time);
  const arrived: string[] = [];
  const note = (at: number, ballot: Ballot): void =>
    echoes.note(at, heartbeat(ballot), () => arrived.push(`${at}: ${ballot.round}`));
  const begin = (over: Ballot): boolean =>
    echoes.begin([1, 2], {
      random: new Random(1),
      everyMs: 10,
      isWanted: (_, { round }) => round <= over.round,
    });
  const runTo = (atMs: number): void => {
    while (time.nowMs() < atMs && time.step());
  };
  return { arrived, begin, echoes, note, runTo };
}

describe('echoes', () => {
  test('come again and again, until they end', () => {
    const { arrived, begin, echoes, note, runTo } = world();
    note(2, OLD);
    note(2, NEW);
    expect(begin(OLD)).toBe(true);
    runTo(25);
    echoes.end();
    runTo(100);
    expect(arrived.length).toBeGreaterThanOrEqual(3);
    expect(new Set(arrived)).toEqual(new Set(['2: 1']));
  });

  test('of answers to a leader too', () => {
    const { arrived, begin, echoes, runTo } = world();
    const heard = { type: 'heard', epoch: 1, ballot: OLD, beat: 1, nonce: 1 } as const;
    echoes.note(2, heard, () => arrived.push('heard'));
    expect(begin(OLD)).toBe(true);
    runTo(25);
    echoes.end();
    expect(arrived.length).toBeGreaterThanOrEqual(3);
  });

  test('there are none of a ballot that is not wanted, nor of what is said in no ballot', () => {
    const { arrived, begin, echoes, note, runTo } = world();
    note(1, NEW);
    const index = { type: 'readIndex', epoch: 1, nonce: 1 } as const;
    echoes.note(2, index, () => arrived.push('index'));
    expect(begin(OLD)).toBe(false);
    runTo(100);
    expect(arrived).toEqual([]);
  });
});
