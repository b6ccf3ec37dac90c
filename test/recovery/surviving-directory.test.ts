/** Data directories that are left, whole or damaged in many ways: what is read of them, and nothing changed. */
import { existsSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../src/recovery/arguments.ts';
import { openScratch } from '../../src/recovery/scratch.ts';
import { judge } from '../../src/recovery/verdicts.ts';
import { stateNumberText } from '../../src/storage/directory-files.ts';
import { slotKey } from '../../src/storage/log-codec.ts';
import { currentKey } from '../../src/storage/state-records.ts';
import { write } from '../storage/calls.ts';
import {
  accepted,
  contentOf,
  folder,
  genesisOf,
  IDS,
  incarnationOf,
  openAll,
  put,
  readAll,
  withDirectory,
  writeDirectory,
  type Written,
} from './directories.ts';

/** Four slots, of which three are known to be chosen and two are applied. */
const FOUR: Written = {
  batches: [1, 2, 3, 4].map((slot) => [accepted(slot, put(`key ${slot}`, `value ${slot}`))]),
  chosenUpTo: 3,
  appliedUpTo: 2,
};

function directory(more: Partial<Written> = {}): Promise<string> {
  return writeDirectory(join(folder(), 'data'), { ...FOUR, ...more });
}

async function verdictsOf(...roots: readonly string[]): Promise<readonly string[]> {
  const { evidence } = await readAll(roots);
  return [...judge(evidence)].map(({ from, upTo, verdict, reason }) =>
    [from, upTo, verdict, reason].join(' '),
  );
}

async function problemsOf(...roots: readonly string[]): Promise<readonly string[]> {
  const { survivors } = await readAll(roots);
  return survivors.flatMap(({ problems }) => problems);
}

describe('a directory that is whole', () => {
  test('shows what it applied, what it knows and what it accepted, and stays as it was', async () => {
    const root = await directory();
    const before = contentOf(root);
    const { best, evidence, survivors } = await readAll([root]);
    expect(best?.meta).toMatchObject({ appliedUpTo: 2, revision: 2 });
    expect(survivors).toMatchObject([{ problems: [], mayHaveForgotten: false, epoch: 1 }]);
    expect([...judge(evidence)]).toMatchObject([
      { from: 3, verdict: 'certain', reason: 'known' },
      { from: 4, verdict: 'possiblyChosen', reason: 'mayBe' },
    ]);
    expect(contentOf(root)).toEqual(before);
  });

  test('is not held any more once it is let go', async () => {
    const root = await directory();
    const { closers } = await openAll([root]);
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
    expect(await withDirectory(root, 1, ({ replicaId }) => Promise.resolve(replicaId))).toBe(1);
  });

  test('with another that has the same vote makes it certain', async () => {
    const second = await directory({ id: 2, appliedUpTo: 0, chosenUpTo: 0 });
    expect(await verdictsOf(await directory(), second)).toEqual([
      '3 3 certain known',
      '4 4 certain quorum',
    ]);
  });
});

describe('a directory that does not belong', () => {
  test('is refused: of another cluster, or another copy of the same replica', async () => {
    const other = await directory({ id: 2, genesis: genesisOf(IDS, 'd'.repeat(32)) });
    await expect(readAll([await directory(), other])).rejects.toThrow('directories of one alone');
    const copy = await directory();
    await expect(readAll([await directory(), copy])).rejects.toThrow('name one of the two');
  });

  test('is refused: none at all, one that tells nothing, one of a newer version', async () => {
    const none = join(folder(), 'none');
    await expect(readAll([none])).rejects.toThrow(/cannot read .*none/);
    await expect(readAll([folder()])).rejects.toThrow('tells whose it is');
    const newer = await directory();
    writeFileSync(join(newer, 'identity.json'), '{"format": 99, "content": {}}');
    await expect(readAll([newer])).rejects.toThrow('A newer version');
  });
});

describe('a log', () => {
  test('that ends before its witness may have forgotten votes', async () => {
    const root = await directory();
    const [newest = ''] = readdirSync(join(root, 'log'))
      .filter((name) => name.endsWith('.log'))
      .toSorted()
      .toReversed();
    const file = join(root, 'log', newest);
    truncateSync(file, statSync(file).size - 1);
    const { evidence, survivors } = await readAll([root]);
    expect(survivors).toMatchObject([{ mayHaveForgotten: true }]);
    expect(survivors[0]?.problems).toEqual([expect.stringMatching(/write 3, .*write 4/)]);
    expect([...judge(evidence)].map(({ from, reason }) => [from, reason])).toEqual([[3, 'mayBe']]);
  });

  test('that is older than a peer knows may have forgotten votes', async () => {
    const known = { id: 1, incarnation: incarnationOf(1), sequence: 9 };
    const second = await directory({ id: 2, knows: [known] });
    const problems = await problemsOf(await directory(), second);
    expect(problems).toEqual([expect.stringMatching(/write 4, and replica 2 knows of write 9/)]);
  });

  test('with a hole tells its votes, and makes none of them certain', async () => {
    const root = await directory();
    await withDirectory(root, 1, ({ log }) => write(log, [{ key: slotKey(1, 1) }]));
    expect(await problemsOf(root)).toEqual([expect.stringContaining('slot 1, of ballot 1.1, is')]);
    expect(await verdictsOf(root)).toEqual([
      '3 3 possiblyChosen chosenElsewhere',
      '4 4 possiblyChosen mayBe',
    ]);
  });

  test('in which an installed state made up for gaps makes nothing certain up to that state', async () => {
    expect(await verdictsOf(await directory({ base: 3 }))).toEqual([
      '3 3 possiblyChosen chosenElsewhere',
      '4 4 possiblyChosen mayBe',
    ]);
  });

  test('with a damaged record tells the others', async () => {
    const root = await directory();
    const value = Buffer.from('damaged');
    await withDirectory(root, 1, ({ log }) => write(log, [{ key: slotKey(1, 4), value }]));
    const problems = await problemsOf(root);
    expect(problems[1]).toContain('1 record is damaged: damaged record: slot 4');
    expect(await verdictsOf(root)).toEqual(['3 3 possiblyChosen chosenElsewhere']);
  });

  test('that is gone leaves the state', async () => {
    const root = await directory();
    rmSync(join(root, 'log'), { recursive: true });
    const { best, survivors } = await readAll([root]);
    expect([best?.meta.appliedUpTo, survivors[0]?.mayHaveForgotten]).toEqual([2, true]);
    expect(existsSync(join(root, 'log'))).toBe(false);
  });

  test('that is empty beside a state may have forgotten all votes', async () => {
    const root = await directory();
    for (const name of readdirSync(join(root, 'log'))) rmSync(join(root, 'log', name));
    rmSync(join(root, 'witness'));
    const { survivors } = await readAll([root]);
    expect(survivors).toMatchObject([{ mayHaveForgotten: true }]);
    expect(survivors[0]?.problems).toEqual(['its log ends at slot 0, and its state at slot 2']);
  });

  test('whose database does not open is repaired in the copy', async () => {
    const root = await directory();
    rmSync(join(root, 'log', 'CURRENT'));
    const before = contentOf(root);
    expect(await problemsOf(root)).toEqual([expect.stringContaining('no file CURRENT')]);
    expect(await verdictsOf(root)).toEqual(['3 3 certain known', '4 4 possiblyChosen mayBe']);
    expect(contentOf(root)).toEqual(before);
  });
});

describe('a state', () => {
  test('of which a record is missing is of no use, and the log begins with its first slot', async () => {
    const root = await directory();
    await withDirectory(root, 1, ({ state }) => write(state, [{ key: currentKey('key 1') }]));
    const { best, evidence, survivors } = await readAll([root]);
    expect([best, survivors[0]?.directory.told?.appliedUpTo]).toEqual([undefined, 2]);
    expect(survivors[0]?.problems).toEqual([expect.stringContaining('its state is of no use')]);
    const verdicts = [...judge(evidence)];
    expect(verdicts.map(({ reason }) => reason)).toEqual(['known', 'known', 'known', 'mayBe']);
  });

  test('that another has further is not the best', async () => {
    const further = await directory({ id: 2, appliedUpTo: 3 });
    const { best } = await readAll([await directory(), further]);
    expect(best?.identity.replicaId).toBe(2);
  });

  test('is looked for where the file that names it is damaged', async () => {
    const root = await directory();
    writeFileSync(join(root, 'state.json'), 'x');
    const { best } = await readAll([root]);
    expect(best?.meta.appliedUpTo).toBe(2);
    expect(await problemsOf(root)).toEqual(['state.json is damaged']);
  });

  test('that came from a peer and is gone leaves nothing certain in the log', async () => {
    const root = await directory();
    rmSync(join(root, 'state'), { recursive: true });
    writeFileSync(join(root, 'state.json'), stateNumberText(1));
    expect(await problemsOf(root)).toEqual(['state-1 is missing']);
    const elsewhere = [1, 2, 3].map((slot) => `${slot} ${slot} possiblyChosen chosenElsewhere`);
    expect(await verdictsOf(root)).toEqual([...elsewhere, '4 4 possiblyChosen mayBe']);
  });

  test('tells whose the directory is where identity.json is gone', async () => {
    const root = await directory();
    rmSync(join(root, 'identity.json'));
    expect(await verdictsOf(root)).toEqual(['3 3 certain known', '4 4 possiblyChosen mayBe']);
  });
});

test('a directory that is marked as suspect says so, and nothing that it holds is certain', async () => {
  const root = await directory();
  await withDirectory(root, 1, (one) => Promise.resolve(one.storeSuspicion('a write failed')));
  const { survivors } = await readAll([root]);
  expect(survivors).toMatchObject([
    { mayHaveForgotten: true, problems: ['suspect: a write failed'] },
  ]);
  expect(await verdictsOf(root)).toEqual([
    '3 3 possiblyChosen chosenElsewhere',
    '4 4 possiblyChosen mayBe',
  ]);
});

test('copies are made nowhere within what is read', async () => {
  const root = await directory();
  expect(() => openScratch(root, [root])).toThrow('where nothing is to be changed');
  expect(() => openScratch(join(root, 'log'), [root])).toThrow('where nothing is to be changed');
  expect(() => openScratch(join(root, 'none'), [])).toThrow('cannot copy into');
});

describe('the command line', () => {
  test('is read', () => {
    const words = '--dir a --dir=b --slots --write --config c --past-lost --scratch d';
    expect(parseArguments(words.split(' '))).toEqual({
      type: 'arguments',
      dirs: ['a', 'b'],
      scratch: 'd',
      listsSlots: true,
      writes: true,
      pastLost: true,
      rest: ['--config', 'c'],
    });
  });

  test.each([
    ['', 'name at least one'],
    ['--dir', '--dir: needs a path'],
    ['--dir a --scratch b --scratch c', 'is given twice'],
    ['--dir a --past-lost', 'only goes with --write'],
    ['--dir a --config c', '--config: only goes with --write'],
    ['--dir a '.repeat(65), '64 directories at most'],
  ])('%j is refused', (words, problem) => {
    const parsed = parseArguments(words.split(' ').filter((word) => word !== ''));
    expect(parsed).toEqual({ type: 'refused', problem: expect.stringContaining(problem) });
  });
});
