/** One synced write for all that has arrived; nothing that rests on it leaves before. */
import { expect, test } from 'vitest';
import type { LogRecord } from '../../src/paxos/effects.ts';
import { GroupCommit } from '../../src/replica/group-commit.ts';

class Log {
  readonly batches: { records: readonly LogRecord[]; chosenUpTo: number }[] = [];
  readonly #done: ((error: Error | undefined) => void)[] = [];

  append(
    batch: { readonly records: readonly LogRecord[]; readonly chosenUpTo: number },
    done: (error: Error | undefined) => void,
  ): void {
    this.batches.push(batch);
    this.#done.push(done);
  }

  end(error?: Error): void {
    this.#done.shift()?.(error);
  }
}

const AT = { nowMs: 0, chosenUpTo: 0 };

function record(slot: number): LogRecord {
  const ballot = { round: 1, leader: 1 };
  return { type: 'accepted', epoch: 1, slot, ballot, command: { type: 'noop', timeMs: 0, ballot } };
}

function started(): { log: Log; commit: GroupCommit; left: string[] } {
  const log = new Log();
  return { log, commit: new GroupCommit(log), left: [] };
}

test('what arrives during a write becomes the next one', () => {
  const { commit, log } = started();
  commit.add(record(1));
  commit.start(AT, () => undefined);
  commit.add(record(2));
  commit.add(record(3));
  commit.start(AT, () => undefined);
  expect(log.batches).toHaveLength(1);
  log.end();
  commit.start({ ...AT, chosenUpTo: 2 }, () => undefined);
  expect(log.batches.map(({ records }) => records.length)).toEqual([1, 2]);
  expect(log.batches[1]?.chosenUpTo).toBe(2);
});

test('each effect leaves when the write that it names is durable, in the order of holding', () => {
  const { commit, left, log } = started();
  commit.add(record(1));
  commit.hold(1, () => left.push('first of 1'));
  commit.hold(0, () => left.push('of nothing'));
  commit.start(AT, () => undefined);
  commit.add(record(2));
  commit.hold(2, () => left.push('of 2'));
  commit.hold(1, () => left.push('second of 1'));
  expect(left).toEqual(['of nothing']);
  log.end();
  expect(left).toEqual(['of nothing', 'first of 1', 'second of 1']);
  commit.start(AT, () => undefined);
  expect(left).toHaveLength(3);
  log.end();
  expect(left.at(-1)).toBe('of 2');
  commit.hold(2, () => left.push('late, of 2'));
  expect(left.at(-1)).toBe('late, of 2');
});

test('a failed write lets nothing go, and says so', () => {
  const { commit, left, log } = started();
  const errors: unknown[] = [];
  commit.add(record(1));
  commit.hold(1, () => left.push('of 1'));
  commit.start(AT, (error) => errors.push(error));
  log.end(new Error('no disk'));
  expect(left).toEqual([]);
  expect(errors).toEqual([new Error('no disk')]);
});

test('it knows how long the write under way has taken', () => {
  const { commit, log } = started();
  expect(commit.busyMs(50)).toBe(0);
  commit.add(record(1));
  commit.start({ ...AT, nowMs: 100 }, () => undefined);
  expect(commit.busyMs(350)).toBe(250);
  log.end();
  expect(commit.busyMs(900)).toBe(0);
});

test('a probe is one write, also of nothing, and none where another is under way', () => {
  const { commit, log } = started();
  commit.start(AT, () => undefined);
  expect(log.batches).toEqual([]);
  commit.probe();
  commit.start({ ...AT, nowMs: 100 }, () => undefined);
  expect(log.batches).toEqual([{ records: [], chosenUpTo: 0 }]);
  commit.probe();
  commit.start({ ...AT, nowMs: 200 }, () => undefined);
  expect([log.batches.length, commit.busyMs(350)]).toEqual([1, 250]);
  log.end();
  commit.start(AT, () => undefined);
  log.end();
  commit.start(AT, () => undefined);
  expect(log.batches).toHaveLength(2);
});

test('a slot is settled when its latest record is durable', () => {
  const { commit, log } = started();
  expect(commit.settledUpTo(3)).toBe(3);
  commit.add(record(4));
  commit.add(record(5));
  expect(commit.settledUpTo(5)).toBe(3);
  commit.start(AT, () => undefined);
  commit.add(record(5));
  log.end();
  expect(commit.settledUpTo(4)).toBe(4);
  expect(commit.settledUpTo(6)).toBe(4);
  commit.start(AT, () => undefined);
  log.end();
  expect(commit.settledUpTo(6)).toBe(6);
});
