/** Data directories as replicas leave them, written by the real log and store, and read again. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { encodeBatch } from '../../src/kv/batch.ts';
import { encodeCommand } from '../../src/kv/command-codec.ts';
import type { Operation } from '../../src/kv/operation.ts';
import type { Ballot } from '../../src/paxos/ballot.ts';
import type { Command, Slot } from '../../src/paxos/command.ts';
import type { LogRecord } from '../../src/paxos/effects.ts';
import { majorities, type Membership } from '../../src/paxos/membership.ts';
import { openTakeover } from '../../src/recovery/takeover.ts';
import { type Closers, openSurvivor, rootOf } from '../../src/recovery/surviving-directory.ts';
import {
  readSurvivors,
  refuseStrangers,
  type SurvivorsRead,
} from '../../src/recovery/survivors.ts';
import type { KnownSequence } from '../../src/storage/chain-record.ts';
import { type DataDirectory, openDataDirectory } from '../../src/storage/data-directory.ts';
import { genesisText, identityText } from '../../src/storage/directory-files.ts';
import { writeDurableFile } from '../../src/storage/durable-file.ts';
import { append, noteBase, openLog } from '../storage/calls.ts';

export const CLUSTER = 'c'.repeat(32);
export const IDS = [1, 2, 3];
const CHANGED_KEYS = 100_000;

export function incarnationOf(id: number): string {
  return String(id).padStart(32, '0');
}

export function genesisOf(ids: readonly number[], clusterId = CLUSTER, epoch = 1): Membership {
  const members = ids.map((id) => ({
    id,
    incarnation: incarnationOf(id),
    role: 'voter' as const,
    peerUrl: `http://127.0.0.1:${7601 + id * 10}`,
    clientUrl: `http://127.0.0.1:${7600 + id * 10}`,
  }));
  return { clusterId, epoch, members, quorums: majorities(ids.length) };
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'synod-recovery-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function put(key: string, value: string): Command {
  const bytes = Buffer.from(value);
  return batchOf({ type: 'put', key, value: bytes, contentType: 'text/plain', prev: false });
}

export function batchOf(...operations: readonly Operation[]): Command {
  const commands = operations.map((operation, at) => {
    const id = createHash('md5')
      .update(`${at} ${JSON.stringify(operation)}`)
      .digest('hex');
    return encodeCommand({ id, operation });
  });
  return { type: 'batch', timeMs: 1, bytes: encodeBatch(commands) };
}

export function accepted(slot: Slot, command: Command, round = 1, epoch = 1): LogRecord {
  return { type: 'accepted', epoch, slot, ballot: ballot(round), command };
}

export function ballot(round: number): Ballot {
  return { round, leader: 1 };
}

export interface Written {
  readonly id?: number;
  readonly genesis?: Membership;
  /** One synced batch each. */
  readonly batches: readonly (readonly LogRecord[])[];
  /** With the last batch. */
  readonly chosenUpTo: Slot;
  readonly appliedUpTo?: Slot;
  /** A state was installed at this slot, as its log tells; what it has now may be an older one. */
  readonly base?: Slot;
  /** What it heard of its peers' logs. */
  readonly knows?: readonly KnownSequence[];
}

/** Its state has applied the latest record of each slot up to `appliedUpTo`. */
export async function writeDirectory(root: string, written: Written): Promise<string> {
  const { appliedUpTo = 0, batches, chosenUpTo, genesis = genesisOf(IDS), id = 1 } = written;
  mkdirSync(root, { recursive: true });
  const owner = { replicaId: id, incarnation: incarnationOf(id) };
  writeDurableFile(join(root, 'identity.json'), identityText(owner));
  writeDurableFile(join(root, 'genesis.json'), genesisText(genesis));
  const identity = { ...owner, clusterId: genesis.clusterId };
  await withDirectory(root, id, async (directory) => {
    const witness = directory.openWitness((error) => {
      throw error;
    });
    const logIdentity = { ...identity, epoch: genesis.epoch };
    const { log } = await openLog(directory.log, logIdentity, 0, { witness });
    for (const known of written.knows ?? []) log.noteKnown(known);
    for (const [at, records] of batches.entries()) {
      await append(log, { records, chosenUpTo: at === batches.length - 1 ? chosenUpTo : 0 });
    }
    if (written.base !== undefined) await noteBase(log, written.base);
    const last = new Map<Slot, Command>();
    for (const record of batches.flat()) {
      if (record.type === 'accepted') last.set(record.slot, record.command);
    }
    const options = { database: directory.state, identity, changedKeys: CHANGED_KEYS };
    const state = await openTakeover(options);
    for (let slot = 1; slot <= appliedUpTo; slot += 1) {
      const command = last.get(slot);
      if (command === undefined) throw new Error(`nothing in slot ${slot}`);
      await state.apply(slot, command);
    }
    if (appliedUpTo > 0) await state.finish();
  });
  return root;
}

export async function withDirectory<T>(
  root: string,
  id: number,
  work: (directory: DataDirectory) => Promise<T>,
): Promise<T> {
  const directory = await openDataDirectory(root, { replicaId: id });
  try {
    return await work(directory);
  } finally {
    await directory.close();
  }
}

/** Open until the test ends. */
export async function readAll(roots: readonly string[]): Promise<SurvivorsRead> {
  const { read } = await openAll(roots);
  return read;
}

export async function openAll(
  roots: readonly string[],
): Promise<{ read: SurvivorsRead; scratch: string; closers: Closers }> {
  const scratch = folder();
  const closers: Closers = [];
  onTestFinished(async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  });
  const directories = [];
  for (const [at, root] of roots.entries()) {
    const place = join(scratch, String(at));
    mkdirSync(place);
    directories.push(await openSurvivor(rootOf(root), place, closers));
  }
  refuseStrangers(directories);
  return { read: await readSurvivors(directories), scratch, closers };
}

/** Names, bytes, modes and times of change of all that is in it. */
export function contentOf(root: string): ReadonlyMap<string, string> {
  const found = readdirSync(root, { recursive: true, withFileTypes: true });
  return new Map(
    found.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { ctimeMs, ino, mode, mtimeMs, size } = statSync(path);
      const bytes = entry.isFile() ? readFileSync(path) : '';
      const digest = createHash('sha256').update(bytes).digest('hex');
      return [path, [digest, ino, mode, size, mtimeMs, ctimeMs].join(' ')];
    }),
  );
}
