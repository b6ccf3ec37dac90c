/** A new cluster, made of directories that are left: what it holds, what it is above, and the fences. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../src/paxos/effects.ts';
import { beginNewEpoch } from '../../src/recovery/new-epoch.ts';
import { planRecovery } from '../../src/recovery/plan.ts';
import { slotLines, summaryLines, survivorLines } from '../../src/recovery/report.ts';
import { REVISION_GAP } from '../../src/storage/new-cluster.ts';
import type { StateStore } from '../../src/storage/state-store.ts';
import { openLog, openState } from '../storage/calls.ts';
import { textOf } from '../storage/records.ts';
import {
  accepted,
  ballot,
  batchOf,
  contentOf,
  folder,
  genesisOf,
  IDS,
  openAll,
  put,
  withDirectory,
  writeDirectory,
} from './directories.ts';

const NEW_CLUSTER = 'e'.repeat(32);
const ADDRESS = { peerUrl: 'http://127.0.0.1:7601', clientUrl: 'http://127.0.0.1:7600' };
const AT = '2030-01-02T03:04:05.678Z';

const puts = (...slots: readonly number[]): LogRecord[][] =>
  slots.map((slot) => [accepted(slot, put(`key ${slot}`, `value ${slot}`))]);

async function recover(roots: readonly string[], pastLost = false, dataDir?: string) {
  const { closers, read, scratch } = await openAll(roots);
  const plan = planRecovery(read, { pastLost });
  const target = dataDir ?? join(folder(), 'new');
  const place = { dataDir: target, replicaId: 7, address: ADDRESS, clusterId: NEW_CLUSTER };
  const options = { ...place, changedKeys: 100, at: AT, scratch, closers };
  const made = await beginNewEpoch(read, plan, options);
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  return { dataDir: target, made, plan, read };
}

/** What a replica that starts on it would have. */
function openNew<T>(dataDir: string, look: (store: StateStore) => T): Promise<T> {
  return withDirectory(dataDir, 7, async ({ genesis, incarnation, log, state }) => {
    expect(genesis?.clusterId).toBe(NEW_CLUSTER);
    const identity = { clusterId: NEW_CLUSTER, replicaId: 7, incarnation };
    const store = await openState(state, identity);
    const { recovered } = await openLog(log, { ...identity, epoch: genesis?.epoch ?? 0 });
    expect([recovered.sequence, store.base]).toEqual([0, store.appliedUpTo]);
    return look(store);
  });
}

const valueOf = (store: StateStore, key: string) => textOf(store.item(key)?.value);

describe('of one directory that is left', () => {
  test('all is taken over, with its revisions; new ones are above a gap, in a later epoch', async () => {
    const batches = [...puts(1, 2, 3, 4), [accepted(5, put('key 1', 'again'))]];
    const root = await writeDirectory(join(folder(), 'a'), {
      batches,
      chosenUpTo: 3,
      appliedUpTo: 2,
    });
    const { dataDir, made } = await recover([root]);
    expect(made).toMatchObject({ appliedUpTo: 5, revision: 5 + REVISION_GAP });
    expect(made.membership).toMatchObject({
      clusterId: NEW_CLUSTER,
      epoch: 2,
      members: [{ id: 7 }],
    });
    await openNew(dataDir, (store) => {
      expect([store.appliedUpTo, store.revision]).toEqual([5, 5 + REVISION_GAP]);
      expect(store.item('key 1')).toMatchObject({ createRevision: 1, revision: 5, version: 2 });
      expect([1, 2, 4].map((slot) => valueOf(store, `key ${slot}`))).toEqual([
        'again',
        'value 2',
        'value 4',
      ]);
      expect(store.epoch).toMatchObject({ membership: { epoch: 2 }, epochFrom: 6 });
    });
  });

  test('it is fenced, says what to do, and nothing else in it has changed', async () => {
    const root = await writeDirectory(join(folder(), 'a'), { batches: puts(1), chosenUpTo: 1 });
    const before = contentOf(root);
    await recover([root]);
    const after = contentOf(root);
    expect([...after.keys()].filter((name) => !before.has(name))).toEqual([
      join(root, 'fenced.json'),
    ]);
    expect(new Map([...after].filter(([name]) => before.has(name)))).toEqual(before);
    const start = withDirectory(root, 1, () => Promise.resolve());
    await expect(start).rejects.toThrow(
      `made cluster ${NEW_CLUSTER} of it at ${AT}, and what is here has no part in that. Put this`,
    );
    expect(new Map([...contentOf(root)].filter(([name]) => before.has(name)))).toEqual(before);
  });

  test('a fence that cannot be read fences as well', async () => {
    const root = await writeDirectory(join(folder(), 'a'), { batches: puts(1), chosenUpTo: 1 });
    writeFileSync(join(root, 'fenced.json'), '{}');
    const start = withDirectory(root, 1, () => Promise.resolve());
    await expect(start).rejects.toThrow('made another cluster of it');
  });

  test('what was fenced, and then came to nothing, is recovered again', async () => {
    const root = await writeDirectory(join(folder(), 'a'), { batches: puts(1, 2), chosenUpTo: 2 });
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    await expect(recover([root], false, join(file, 'new'))).rejects.toThrow('ENOTDIR');
    expect(existsSync(join(root, 'fenced.json'))).toBe(false);
    await recover([root]);
    const { dataDir, read } = await recover([root]);
    const [survivor] = read.survivors;
    const lines = survivor === undefined ? [] : survivorLines(survivor, read);
    expect(lines).toContainEqual(expect.stringContaining(`was fenced for cluster ${NEW_CLUSTER}`));
    expect(await openNew(dataDir, (store) => valueOf(store, 'key 2'))).toBe('value 2');
  });
});

describe('of several', () => {
  test('the best state is taken, and slots from whoever has them', async () => {
    const first = await writeDirectory(join(folder(), 'a'), {
      batches: puts(1, 2, 3),
      chosenUpTo: 3,
      appliedUpTo: 3,
    });
    const second = await writeDirectory(join(folder(), 'b'), {
      id: 2,
      batches: [...puts(1, 2, 3), [accepted(4, put('key 4', 'newer'), 2)], ...puts(5)],
      chosenUpTo: 1,
      appliedUpTo: 1,
    });
    const { dataDir, plan } = await recover([first, second]);
    expect(plan).toMatchObject({ certainUpTo: 3, highestSlot: 5, mayBeMore: false, commands: 2 });
    expect(await openNew(dataDir, (store) => valueOf(store, 'key 4'))).toBe('newer');
    for (const root of [first, second]) expect(existsSync(join(root, 'fenced.json'))).toBe(true);
  });

  test('what a command does, it does as at a replica: to a range, or on a condition', async () => {
    const isNew = { type: 'put', key: 'b/1', value: Buffer.of(1), prev: false } as const;
    const onlyNew = { ...isNew, contentType: '', condition: { ifNoneMatch: '*' } } as const;
    const batches = [
      ...['a/1', 'a/2', 'b/1'].map((key, at) => [accepted(at + 1, put(key, 'old'))]),
      [accepted(4, batchOf({ type: 'deleteRange', prefix: 'a/' }, onlyNew))],
    ];
    const root = await writeDirectory(join(folder(), 'a'), {
      batches,
      chosenUpTo: 4,
      appliedUpTo: 1,
    });
    const { dataDir, made, plan } = await recover([root]);
    expect([plan.commands, made.revision]).toEqual([4, 4 + REVISION_GAP]);
    await openNew(dataDir, (store) => {
      expect(['a/1', 'a/2', 'b/1'].map((key) => valueOf(store, key))).toEqual([
        undefined,
        undefined,
        'old',
      ]);
    });
  });

  test('without any state, all begins with the first slot', async () => {
    const root = await writeDirectory(join(folder(), 'a'), { batches: puts(1, 2), chosenUpTo: 2 });
    const { dataDir, made } = await recover([root]);
    expect(made.appliedUpTo).toBe(2);
    expect(await openNew(dataDir, (store) => valueOf(store, 'key 1'))).toBe('value 1');
  });
});

/** Slots 3 and 4 are in nobody's log. */
function writeWithHole(): Promise<string> {
  const written = { batches: puts(1, 2, 5, 6), chosenUpTo: 2, appliedUpTo: 2 };
  return writeDirectory(join(folder(), 'a'), written);
}

describe('where a slot is lost', () => {
  test('nothing behind it is taken over, unless that is asked for', async () => {
    const { dataDir, made, plan, read } = await recover([await writeWithHole()]);
    expect([made.appliedUpTo, plan.firstLost]).toEqual([2, 3]);
    expect(await openNew(dataDir, (store) => valueOf(store, 'key 5'))).toBeUndefined();
    expect(summaryLines(plan, read).join('\n')).toContain(
      'slots 3 to 6: 0 certain, 2 possibly chosen, 2 lost\nno slot is taken over: slot 3 is lost. With --past-lost',
    );
  });

  test('past it, revisions go on a gap higher, so that none is given twice', async () => {
    const { dataDir, made } = await recover([await writeWithHole()], true);
    expect(made).toMatchObject({ appliedUpTo: 6, revision: 4 + 2 * REVISION_GAP });
    await openNew(dataDir, (store) => {
      expect(valueOf(store, 'key 6')).toBe('value 6');
      expect(store.item('key 5')?.revision).toBe(3 + REVISION_GAP);
    });
  });

  test('from the first slot on, there is nothing to recover, and nothing is fenced', async () => {
    const root = await writeDirectory(join(folder(), 'a'), { batches: puts(2), chosenUpTo: 0 });
    await expect(recover([root])).rejects.toThrow('there is nothing to recover');
    expect(readdirSync(root)).not.toContain('fenced.json');
  });
});

describe('across a change of membership', () => {
  test('the stop is taken over, and the new epoch is above it', async () => {
    const next = genesisOf([1, 2], undefined, 2);
    const stop: LogRecord = {
      type: 'accepted',
      epoch: 1,
      slot: 2,
      ballot: ballot(1),
      command: { type: 'stop', timeMs: 2, membership: next },
    };
    const batches = [
      ...puts(1),
      [stop],
      [accepted(3, put('void', 'void'))],
      [accepted(3, put('key 3', 'in epoch 2'), 3, 2)],
    ];
    const root = await writeDirectory(join(folder(), 'a'), {
      genesis: genesisOf(IDS),
      batches,
      chosenUpTo: 2,
      appliedUpTo: 1,
    });
    const { dataDir, made, plan } = await recover([root]);
    expect(slotLines(plan, false)).toEqual([
      'slot 2, epoch 1: certain: a survivor knows that its command was chosen',
      'slot 3, epoch 2: possibly chosen: accepted; whether it was chosen, or another, only the ' +
        'missing replicas know',
    ]);
    expect(made.membership.epoch).toBe(3);
    await openNew(dataDir, (store) => {
      expect([valueOf(store, 'key 3'), valueOf(store, 'void')]).toEqual(['in epoch 2', undefined]);
    });
  });
});

test('slots are listed one by one where that is asked for', async () => {
  const roots = [1, 2].map((id) => ({
    id,
    batches: [[accepted(1, put('key', `by ${id}`), id)]],
    chosenUpTo: 0,
  }));
  const base = folder();
  mkdirSync(base, { recursive: true });
  const [first = '', second = ''] = await Promise.all(
    roots.map((root) => writeDirectory(join(base, String(root.id)), root)),
  );
  const { read } = await openAll([first, second]);
  const plan = planRecovery(read, { pastLost: false });
  expect(slotLines(plan, true)).toEqual([
    expect.stringContaining('slot 1, epoch 1: possibly chosen'),
    expect.stringMatching(/^ {2}taken: a batch of \d+ bytes, in ballot 2.1, of replica 2$/),
    expect.stringMatching(/^ {2}not taken: a batch of \d+ bytes, in ballot 1.1, of replica 1$/),
  ]);
});
