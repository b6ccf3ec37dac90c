/**
 * One surviving data directory, read without changing a byte of it: it is held, its databases are
 * copied, and the copies are read. Whatever is damaged is said; what else there is counts.
 */
import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Slot } from '../paxos/command.ts';
import type { Membership } from '../paxos/membership.ts';
import type { LevelDatabase } from '../storage/level-database.ts';
import type { StateIdentity } from '../storage/state-meta.ts';
import { StorageError } from '../storage/storage-error.ts';
import { checkRoom, copyDatabase } from './copy.ts';
import { holdDirectory } from './hold.ts';
import { readSurvivingFiles, type SurvivingFiles } from './surviving-files.ts';
import { openSurvivingLog, readWitness, type SurvivingLog } from './surviving-log.ts';
import {
  checkSurvivingState,
  openCopy,
  readStateTold,
  type StateTold,
  type WholeState,
} from './surviving-state.ts';

export interface SurvivingDirectory {
  readonly root: string;
  readonly identity: StateIdentity;
  readonly genesis: Membership | undefined;
  readonly fence: SurvivingFiles['fence'];
  /** In words: what is damaged, missing or in doubt. */
  readonly problems: readonly string[];
  readonly isSuspect: boolean;
  /** Up to here its state may have come from a peer, and its log may hold what lost. */
  readonly installedUpTo: Slot;
  readonly state: WholeState | undefined;
  /** Of the state also where it is not whole. */
  readonly told: StateTold | undefined;
  readonly log: SurvivingLog | undefined;
  readonly copiedBytes: number;
}

/** What is to be closed in the end, in reverse. */
export type Closers = (() => Promise<void>)[];

const LOG = 'log';

/** The path as it is without symbolic links. Throws a `StorageError` where it is no directory. */
export function rootOf(path: string): string {
  try {
    const root = realpathSync(path);
    if (statSync(root).isDirectory()) return root;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new StorageError(`cannot read ${path}: ${detail}`, { cause: error });
  }
  throw new StorageError(`${path} is no directory`);
}

/** Rejects with a `StorageError` where the directory is in use, or tells nothing at all. */
export async function openSurvivor(
  root: string,
  scratch: string,
  closers: Closers,
): Promise<SurvivingDirectory> {
  const files = readSurvivingFiles(root);
  const names = [LOG, ...files.states];
  const hold = await holdDirectory(root, names, scratch);
  closers.push(() => hold.release());
  checkRoom(root, names, scratch);
  const problems = [...files.problems];
  const databases = new Map<string, LevelDatabase>();
  let copiedBytes = 0;
  for (const name of names) {
    const copied = await copyDatabase(join(root, name), join(scratch, name));
    if (copied === undefined) problems.push(`${name} is missing`);
    else {
      copiedBytes += copied.bytes;
      problems.push(...copied.problems);
      const database = await openCopy(join(scratch, name), problems);
      if (database !== undefined) {
        closers.push(() => database.close());
        databases.set(name, database);
      }
    }
  }
  const states = files.states.flatMap((name) => databases.get(name) ?? []);
  const told = furthest(states.flatMap((database) => readStateTold(database) ?? []));
  const identity = identify(root, files, told);
  const state = await wholeState(states, identity, problems);
  if (files.suspicion !== undefined) problems.push(`suspect: ${files.suspicion}`);
  const log = await openLog(databases.get(LOG), { root, scratch, files, identity }, problems);
  const { fence, genesis, suspicion } = files;
  const isSuspect = suspicion !== undefined;
  const base = told?.base ?? (files.wasInstalled ? Number.MAX_SAFE_INTEGER : 0);
  const installedUpTo = Math.max(base, log?.whole?.recovered.base ?? 0);
  const marks = { fence, problems, isSuspect, installedUpTo };
  return { root, identity, genesis, ...marks, state, told, log, copiedBytes };
}

function furthest<T extends { readonly appliedUpTo: number }>(all: readonly T[]): T | undefined {
  return all.toSorted((a, b) => b.appliedUpTo - a.appliedUpTo)[0];
}

function identify(
  root: string,
  { genesis, identity }: SurvivingFiles,
  told: StateTold | undefined,
): StateIdentity {
  const owner = identity ?? told?.identity;
  const clusterId = genesis?.clusterId ?? told?.identity.clusterId;
  if (owner !== undefined && clusterId !== undefined) {
    return { clusterId, replicaId: owner.replicaId, incarnation: owner.incarnation };
  }
  throw new StorageError(
    `${root} holds nothing that tells whose it is, and of which cluster: leave it out`,
  );
}

async function wholeState(
  states: readonly LevelDatabase[],
  identity: StateIdentity,
  problems: string[],
): Promise<WholeState | undefined> {
  const whole: WholeState[] = [];
  for (const database of states) {
    const state = await checkSurvivingState(database, identity, problems);
    if (state !== undefined) whole.push(state);
  }
  return whole.toSorted((a, b) => b.meta.appliedUpTo - a.meta.appliedUpTo)[0];
}

async function openLog(
  database: LevelDatabase | undefined,
  place: {
    readonly root: string;
    readonly scratch: string;
    readonly files: SurvivingFiles;
    readonly identity: StateIdentity;
  },
  problems: string[],
): Promise<SurvivingLog | undefined> {
  if (database === undefined) return undefined;
  const { files, identity, root, scratch } = place;
  const witness = await readWitness(root, scratch, identity.incarnation);
  const epoch = files.genesis?.epoch ?? 1;
  const log = await openSurvivingLog(database, { ...identity, epoch }, witness, problems);
  const { sequence = 0, witnessed = 0 } = log.whole?.recovered ?? {};
  if (log.whole !== undefined && sequence < witnessed) {
    const known = `and its witness knows of write ${witnessed}`;
    problems.push(`its log ends at write ${sequence}, ${known}: it may have forgotten votes`);
  }
  return log;
}
