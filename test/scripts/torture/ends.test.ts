import { describe, expect, it } from 'vitest';
import { checkLives, type Lived } from '../../../scripts/torture/ends.ts';
import type { Ended } from '../../../scripts/torture/replica.ts';

const DISK = [{ id: 'N14' }];
const CRASH = { how: 'SIGABRT', meant: true, wasDamaged: false, atMs: 1, ranMs: 1 } as const;
const ASSERTION =
  'node: ../deps/leveldb/leveldb-1.20/db/dbformat.h:99: leveldb::Slice leveldb::ExtractUserKey' +
  "(const leveldb::Slice&): Assertion `internal_key.size() >= 8' failed.";
const KILLS = [{ id: 'N1' }];

function lived(ends: readonly Ended[], log = ''): Lived {
  return { id: 2, ends: [...ends], wholeLog: () => log };
}

/** One end each `everyMs`, after a life of half of that. */
function loop(times: number, everyMs: number, from = 0): readonly Ended[] {
  return Array.from({ length: times }, (_, at) => ({
    how: 70,
    meant: false,
    wasDamaged: false,
    atMs: from + at * everyMs,
    ranMs: everyMs / 2,
  }));
}

describe('how the replicas of a run ended', () => {
  it('allows ends by itself where a fault makes it end, and nowhere else', () => {
    const replica = lived(loop(3, 1_500));
    expect(checkLives([replica], DISK)).toMatchObject({ result: 'passed' });
    const { result, findings, text } = checkLives([replica], KILLS);
    expect([result, findings.length, text]).toEqual([
      'failed',
      3,
      '3 lives ended, 3 by themselves',
    ]);
  });

  it('allows no loop of ends, whatever was done', () => {
    const looping = lived(loop(100, 1_500));
    const { result, findings } = checkLives([looping], DISK);
    expect([result, findings]).toEqual([
      'failed',
      [{ text: 'replica 2 ended by itself 100 times in a row, for 148500 ms' }],
    ]);
  });

  it('takes a life that lasted, or one that was meant to end, for the end of a loop', () => {
    const end = { wasDamaged: false, atMs: 75_000 };
    const lasted = { ...end, how: 70, meant: false, ranMs: 30_000 } as const;
    const killed = { ...end, how: 'SIGKILL', meant: true, ranMs: 100 } as const;
    for (const between of [lasted, killed]) {
      const ends = [...loop(30, 1_500), between, ...loop(30, 1_500, 76_000)];
      expect(checkLives([lived(ends)], DISK).findings).toEqual([]);
    }
  });

  it('finds bugs that were said, and crashes, even in a life that was meant to end', () => {
    const crash = { ...CRASH, how: 'SIGSEGV' } as const;
    const log =
      '{"level":60,"msg":"TypeError: x is undefined"}\n{"level":60,"msg":"the disk is full"}';
    expect(checkLives([lived([crash], log)], DISK).findings).toEqual([
      { text: 'replica 2 ended with SIGSEGV' },
      { text: 'replica 2 says: {"level":60,"msg":"TypeError: x is undefined"}' },
    ]);
  });

  it('allows an assertion of LevelDB to end a life whose files were damaged under it, once', () => {
    const findings = (end: Ended, log: string) => checkLives([lived([end], log)], DISK).findings;
    const damaged = { ...CRASH, wasDamaged: true };
    expect(findings(damaged, `{"msg":"starts"}\n${ASSERTION}\n{"msg":"starts"}`)).toEqual([]);
    const crashed = [{ text: 'replica 2 ended with SIGABRT' }];
    expect(findings(CRASH, ASSERTION)).toEqual(crashed);
    expect(findings(damaged, 'node: Assertion of another failed.')).toEqual(crashed);
    expect(findings({ ...damaged, how: 'SIGSEGV' }, ASSERTION)).toHaveLength(1);
    const twice = lived([damaged, { ...damaged }], ASSERTION);
    expect(checkLives([twice], DISK).findings).toEqual(crashed);
  });
});
