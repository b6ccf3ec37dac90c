/** What replicas say of each other's logs, and what becomes of one that hears of a longer own log. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { ReplicaEvent } from '../../src/replica/ports.ts';
import { markIfBehind, type SuspicionStore, Witnesses } from '../../src/replica/witnesses.ts';
import { DiskFullError } from '../../src/storage/storage-error.ts';
import type { PeerMessage } from '../../src/transport/messages.ts';
import { NO_TESTIMONY } from '../../src/transport/network.ts';
import { LoopBench } from './loop-bench.ts';

const BALLOT = { round: 1, leader: 1 };
const HEARTBEAT: PeerMessage = {
  type: 'heartbeat',
  epoch: 1,
  ballot: BALLOT,
  beat: 1,
  chosenUpTo: 0,
};
const PREPARE: PeerMessage = { type: 'prepare', epoch: 1, ballot: BALLOT, from: 1 };

interface Known {
  readonly id: number;
  readonly sequence: number;
  /** By default that of the membership. */
  readonly incarnation?: string;
}

function lifeOf(id: number): string {
  return String(id).padStart(32, '0');
}

function statusOf(known: readonly Known[]): PeerMessage {
  return {
    type: 'status',
    epoch: 1,
    promised: BALLOT,
    chosenUpTo: 0,
    appliedUpTo: 0,
    revision: 0,
    version: '',
    floor: 0,
    suspect: false,
    stateHash: '0'.repeat(32),
    disk: 'ok',
    known: known.map((one) => ({ incarnation: lifeOf(one.id), ...one })),
  };
}

const OWN = { self: 3 };

class Mark implements SuspicionStore {
  readonly incarnation = lifeOf(3);
  suspicion: string | undefined;
  isBroken = false;

  storeSuspicion(reason: string): void {
    if (this.isBroken) throw new Error('EIO');
    this.suspicion ??= reason;
  }
}

let bench: LoopBench;
let mark: Mark;
let events: ReplicaEvent[];
let witnesses: Witnesses;

/** Replica 3, with one durable write. */
beforeEach(() => {
  bench = new LoopBench();
  bench.input({ type: 'message', from: 1, message: PREPARE });
  bench.endDiskWork();
  mark = new Mark();
  events = [];
  const { log, loop } = bench;
  const observe = (event: ReplicaEvent): void => void events.push(event);
  witnesses = new Witnesses({ ...OWN, log, directory: mark, loop, observe });
});

describe('a replica says', () => {
  test('how far its log is durable, not how far it is written', () => {
    expect(witnesses.testimonyTo(1)).toEqual({ sequence: 1, witnessed: 0 });
    const ballot = { round: 2, leader: 1 };
    bench.input({ type: 'message', from: 1, message: { ...PREPARE, ballot } });
    expect(bench.log.sequence).toBe(2);
    expect(witnesses.testimonyTo(1).sequence).toBe(1);
    bench.endDiskWork();
    expect(witnesses.testimonyTo(1).sequence).toBe(2);
  });

  test('to each peer the most that it heard of that one, from whomever', () => {
    witnesses.hear(witnesses.speaker(1), { sequence: 40, witnessed: 0 }, HEARTBEAT);
    witnesses.hear(witnesses.speaker(1), { sequence: 39, witnessed: 0 }, HEARTBEAT);
    expect(witnesses.testimonyTo(1).witnessed).toBe(40);
    expect(witnesses.testimonyTo(2).witnessed).toBe(0);
    witnesses.hear(witnesses.speaker(1), NO_TESTIMONY, statusOf([{ id: 2, sequence: 7 }]));
    expect(witnesses.testimonyTo(2).witnessed).toBe(7);
  });
});

describe('a replica whose log is shorter than it was', () => {
  test.each([
    ['by what comes with any message', { sequence: 0, witnessed: 2 }, HEARTBEAT],
    ['by what a peer knows from another', NO_TESTIMONY, statusOf([{ id: 3, sequence: 2 }])],
  ])('is suspect from then on, told %s', (_how, said, message) => {
    witnesses.hear(witnesses.speaker(2), said, message);
    expect(mark.suspicion).toBe(
      'its log ends at write 1, and write 2 was durable, as replica 2 knows',
    );
    expect(bench.loop.core.isSuspect).toBe(true);
    expect(events).toEqual([{ type: 'suspect', reason: mark.suspicion }]);
    witnesses.hear(witnesses.speaker(1), { sequence: 0, witnessed: 9 }, HEARTBEAT);
    expect(events).toHaveLength(1);
  });

  test('is not, where nobody knows of a longer one', () => {
    witnesses.hear(
      witnesses.speaker(2),
      { sequence: 99, witnessed: 1 },
      statusOf([{ id: 3, sequence: 1 }]),
    );
    expect(mark.suspicion).toBeUndefined();
    expect(bench.loop.core.isSuspect).toBe(false);
  });

  test('is not, where that was another replica under its id, or one under a peer’s', () => {
    const known = [
      { id: 3, incarnation: lifeOf(33), sequence: 9 },
      { id: 2, incarnation: lifeOf(22), sequence: 9 },
    ];
    witnesses.hear(witnesses.speaker(1), NO_TESTIMONY, statusOf(known));
    expect(mark.suspicion).toBeUndefined();
    expect(witnesses.testimonyTo(2).witnessed).toBe(0);
  });

  test('ends where the mark cannot be stored: it votes on nothing before', () => {
    mark.isBroken = true;
    expect(() =>
      witnesses.hear(witnesses.speaker(2), { sequence: 0, witnessed: 2 }, HEARTBEAT),
    ).toThrow('EIO');
  });

  test('lets no vote leave that waited for a write', () => {
    const ballot = { round: 2, leader: 1 };
    bench.input({ type: 'message', from: 1, message: { ...PREPARE, ballot } });
    bench.loop.suspect();
    bench.endDiskWork();
    expect(bench.sent.map(({ message }) => message)).toEqual([
      expect.objectContaining({ type: 'promise', ballot: BALLOT }),
    ]);
  });

  test('(which leaves where it is not suspect)', () => {
    const ballot = { round: 2, leader: 1 };
    bench.input({ type: 'message', from: 1, message: { ...PREPARE, ballot } });
    bench.endDiskWork();
    expect(bench.sent).toHaveLength(2);
  });
});

describe('on opening', () => {
  const nothing = { epoch: 1, highestRound: 0, promised: BALLOT };
  const recovered = { ...nothing, chosenUpTo: 0, proposals: [], floor: 0, base: 0, damagedUpTo: 0 };

  test('a log behind its witness is marked', () => {
    markIfBehind(mark, { ...recovered, sequence: 89, witnessed: 90 });
    expect(mark.suspicion).toMatch(/ends at write 89, and write 90 was durable/);
  });

  test.each([
    [90, 90],
    [91, 90],
    [5, 0],
  ])('one that ends at write %i, witnessed to %i, is not', (sequence, witnessed) => {
    markIfBehind(mark, { ...recovered, sequence, witnessed });
    expect(mark.suspicion).toBeUndefined();
  });

  test('one that is marked says so again', () => {
    mark.storeSuspicion('an old reason');
    const { log, loop } = bench;
    const observe = (event: ReplicaEvent): void => void events.push(event);
    expect(new Witnesses({ ...OWN, log, directory: mark, loop, observe })).toBeDefined();
    expect(events).toEqual([{ type: 'suspect', reason: 'an old reason' }]);
  });
});

describe('a write of the log that failed', () => {
  test('leaves the mark: what it wrote may be there or not', () => {
    witnesses.writeFailed(new Error('IO error: Input/output error'));
    expect(mark.suspicion).toBe('a write of its log failed: IO error: Input/output error');
  });

  test('leaves none where the disk was full', () => {
    witnesses.writeFailed(new DiskFullError('the disk is full'));
    expect(mark.suspicion).toBeUndefined();
  });

  test('leaves none where the disk takes none', () => {
    mark.isBroken = true;
    witnesses.writeFailed(new Error('IO error: Input/output error'));
    expect(mark.suspicion).toBeUndefined();
  });
});
