/**
 * Files of one replica's state are damaged while it is down, in the ways of disks: it notices, serves
 * nothing of it, and has its state anew, by itself. And a state that is wrong, though each of its
 * records and all of them together are whole, is found out by the others.
 */
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  isReady,
  type ReplicaCluster,
  type ReplicaProcess,
} from '../../scripts/bench/replica-cluster.ts';
import { waitFor } from '../../scripts/bench/wait.ts';
import { ContentSum } from '../../src/storage/content-sum.ts';
import type { DatabaseWrite } from '../../src/storage/database.ts';
import { type LevelDatabase, openLevelDatabase } from '../../src/storage/level-database.ts';
import { parseMeta, writeMeta } from '../../src/storage/state-meta.ts';
import { currentKey, decodeValue, META_KEY, sealItem } from '../../src/storage/state-records.ts';
import { shortenFirstKey, tablesOf } from '../storage/level-tables/database-files.ts';
import { clientOf, clientsOf, sharedCluster } from '../support/cluster.ts';

const LIMIT_MS = 60_000;
const KEYS = 300;
const BLOCK = 4_096;

const clusterOf = sharedCluster();

function valueOf(at: number): string {
  return `value ${at} `.repeat(100);
}

function stateOf({ plan }: ReplicaProcess): string {
  const names = readdirSync(plan.directory).filter((name) => /^state(-\d+)?$/.test(name));
  return join(plan.directory, names.at(-1) ?? 'state');
}

/** The largest file of the state: most of what it holds is in there. */
function largestIn(folder: string): string {
  return largestOf(readdirSync(folder).map((name) => join(folder, name)));
}

function largestOf(files: readonly string[]): string {
  const [largest] = files.toSorted((a, b) => statSync(b).size - statSync(a).size);
  if (largest === undefined) throw new Error('no file');
  return largest;
}

function changed(file: string, change: (bytes: Buffer, middle: number) => void): void {
  const bytes = readFileSync(file);
  change(bytes, Math.floor(bytes.length / 2));
  writeFileSync(file, bytes);
}

const HARMS: readonly (readonly [string, (state: string) => void | Promise<void>])[] = [
  [
    'one bit is flipped',
    (state) => {
      changed(largestIn(state), (bytes, middle) => {
        bytes[middle] = (bytes[middle] ?? 0) ^ 4;
      });
    },
  ],
  [
    'a block is zero',
    (state) => changed(largestIn(state), (bytes, at) => bytes.fill(0, at, at + BLOCK)),
  ],
  [
    'a block is random',
    (state) => {
      changed(largestIn(state), (bytes, at) => {
        for (let i = at; i < at + BLOCK; i += 1) bytes[i] = (i * 7919) % 251;
      });
    },
  ],
  [
    'a key is too short',
    async (state) => {
      // What is in its log becomes a table. LevelDB would end the process for it, at each start.
      await (await openLevelDatabase(state, { compression: false })).close();
      shortenFirstKey(largestOf(tablesOf(state)));
    },
  ],
  [
    'the end is missing',
    (state) => {
      const file = largestIn(state);
      truncateSync(file, Math.floor(statSync(file).size / 2));
    },
  ],
  ['CURRENT is gone', (state) => rmSync(join(state, 'CURRENT'))],
  [
    'the manifest is cut',
    (state) => {
      const name = readdirSync(state).find((one) => one.startsWith('MANIFEST')) ?? '';
      truncateSync(join(state, name), 10);
    },
  ],
  ['the directory is gone', (state) => rmSync(state, { recursive: true })],
];

async function written(cluster: ReplicaCluster): Promise<void> {
  const [client] = clientsOf(cluster);
  for (let at = 0; at < KEYS; at += 1) {
    expect(await client?.put(`key/${at}`, valueOf(at))).toMatchObject({ type: 'ok' });
  }
}

async function localValue(replica: ReplicaProcess, key: string): Promise<string> {
  const answer = await fetch(`${replica.clientUrl}/v1/kv/${key}?consistency=local`);
  return answer.ok ? answer.text() : `status ${answer.status}`;
}

/** What is read there until all is right again, but for what is right or not there yet. */
async function wrongReads(struck: ReplicaProcess): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (let at = 0; at < KEYS; at += 1) {
    const right = async (): Promise<true | undefined> => {
      const value = await localValue(struck, `key/${at}`);
      if (value === valueOf(at)) return true;
      if (!/^status (404|503)$/.test(value)) wrong.push(`key/${at}: ${value}`);
      return undefined;
    };
    await waitFor(right, { what: `key ${at}`, limitMs: LIMIT_MS });
  }
  return wrong;
}

it('a damaged state is had anew, whatever was done to its files, and nothing wrong is read', async () => {
  const cluster = clusterOf();
  await written(cluster);
  for (const [what, harm] of HARMS) {
    const [struck] = await cluster.followers();
    if (struck === undefined) throw new Error('no follower');
    await struck.stop();
    await harm(stateOf(struck));
    struck.start();
    await isReady(struck, LIMIT_MS);
    expect([what, await wrongReads(struck)]).toEqual([what, []]);
    const mark = join(struck.plan.directory, 'reading');
    const isRead = (): true | undefined => (existsSync(mark) ? undefined : true);
    await waitFor(isRead, { what: 'a state that was read through', limitMs: LIMIT_MS });
  }
  const logs = cluster.replicas.map((replica) => replica.wholeLog()).join('\n');
  expect(logs).toContain('its state is had anew');
});

async function lieAbout(state: LevelDatabase, key: string): Promise<void> {
  const recordKey = currentKey(key);
  const before = state.get(recordKey);
  const stored = state.get(META_KEY);
  if (before === undefined || stored === undefined) throw new Error('it is not there');
  const item = { ...decodeValue(before), value: Buffer.from('a lie') };
  const after = sealItem(recordKey, item);
  const { identity, meta } = parseMeta(stored);
  const sum = new ContentSum(meta.contentSum);
  sum.subtract(recordKey, before);
  sum.add(recordKey, after);
  const writes: DatabaseWrite[] = [
    { key: recordKey, value: after },
    writeMeta(identity, { ...meta, contentSum: sum.hex }),
  ];
  await new Promise<void>((resolve, reject) => {
    state.write(writes, { sync: true }, (error) =>
      error === undefined ? resolve() : reject(error),
    );
  });
  await state.close();
}

it('a state that is whole and wrong is contradicted by the others, and had anew', async () => {
  const cluster = clusterOf();
  await written(cluster);
  const clients = clientsOf(cluster);
  const [struck] = await cluster.followers();
  if (struck === undefined) throw new Error('no follower');
  await struck.stop();
  await lieAbout(await openLevelDatabase(stateOf(struck), { compression: false }), 'key/7');
  const said = struck.wholeLog().length;
  struck.start();
  const isTold = () => struck.wholeLog().slice(said).includes('its state differs') || undefined;
  await waitFor(isTold, { what: 'contradiction', limitMs: LIMIT_MS });
  await isReady(struck, LIMIT_MS);
  const right = async (): Promise<true | undefined> =>
    (await localValue(struck, 'key/7')) === valueOf(7) || undefined;
  await waitFor(right, { what: 'the right value', limitMs: LIMIT_MS });
  expect(await clientOf(clients, struck).get('key/7')).toMatchObject({ body: valueOf(7) });
});
