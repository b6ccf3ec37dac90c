/** The small files of a data directory, as its replica reads them: what it cannot use is refused. */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Membership } from '../paxos/membership.ts';
import {
  type DirectoryIdentity,
  type NextIncarnation,
  parseGenesis,
  parseIdentity,
  parseNextIncarnation,
  parseSuspicion,
} from './directory-files.ts';
import { readFileIfThere, syncDirectory } from './durable-file.ts';
import { genesisProblem } from './genesis-rules.ts';
import { NEXT_INCARNATION_FILE } from './next-incarnation.ts';
import { StorageError } from './storage-error.ts';

const OWNER_ONLY = 0o700;

export function makeDirectory(root: string): void {
  try {
    const created = mkdirSync(root, { recursive: true, mode: OWNER_ONLY });
    chmodSync(root, OWNER_ONLY);
    if (created !== undefined) syncDirectory(dirname(root));
  } catch (error) {
    throw unusable(root, error);
  }
}

export function readIdentity(root: string, replicaId: ReplicaId): DirectoryIdentity | undefined {
  const path = join(root, 'identity.json');
  const text = readOwnFile(path);
  if (text === undefined) return undefined;
  const identity = parseIdentity(path, text);
  if (identity.replicaId === replicaId) return identity;
  throw new StorageError(
    `${root} belongs to replica ${identity.replicaId}, and this is replica ${replicaId}. ` +
      'Give each replica the directory that it had before, or a new one.',
  );
}

export function readGenesis(root: string, identity: DirectoryIdentity): Membership | undefined {
  const path = join(root, 'genesis.json');
  const text = readOwnFile(path);
  if (text === undefined) return undefined;
  const genesis = parseGenesis(path, text);
  const problem = genesisProblem(genesis, identity);
  if (problem === undefined) return genesis;
  throw new StorageError(`${path} does not fit this directory: ${problem}.`);
}

export function readSuspicion(root: string): string | undefined {
  const path = join(root, 'suspect.json');
  const text = readOwnFile(path);
  return text === undefined ? undefined : parseSuspicion(path, text);
}

export function readNext(root: string): NextIncarnation | undefined {
  const path = join(root, NEXT_INCARNATION_FILE);
  const text = readOwnFile(path);
  return text === undefined ? undefined : parseNextIncarnation(path, text);
}

function readOwnFile(path: string): string | undefined {
  try {
    return readFileIfThere(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

export function unusable(path: string, error: unknown): StorageError {
  const detail = error instanceof Error ? error.message : String(error);
  return new StorageError(
    `cannot use ${path}: ${detail}. The user that runs the server must own the data directory.`,
    { cause: error },
  );
}
