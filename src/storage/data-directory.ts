/**
 * One replica's directory. It belongs to one replica, in one incarnation, of one cluster, and
 * serves one process at a time.
 *
 *   identity.json   whose it is (directory-files.ts)
 *   genesis.json    the cluster's first membership; absent until it is stored
 *   suspect.json    the mark that this replica must not vote; absent as a rule
 *   fenced.json     the mark that another cluster was made of it (fence.ts); absent as a rule
 *   witness         how far the log was durable (witness-file.ts)
 *   log/            LevelDB: the acceptor's log
 *   state/          LevelDB: the key-value state, or `state-1` and so on (state-directories.ts)
 *   state.json      which of these it is; absent until a peer's state was installed
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Incarnation, Membership } from '../paxos/membership.ts';
import type { Database } from './database.ts';
import {
  type DirectoryIdentity,
  genesisText,
  identityText,
  parseGenesis,
  parseIdentity,
  parseSuspicion,
  suspicionText,
} from './directory-files.ts';
import { readFileIfThere, syncDirectory, writeDurableFile } from './durable-file.ts';
import { refuseFenced } from './fence.ts';
import { genesisProblem, type GenesisStored, judgeGenesis } from './genesis-rules.ts';
import { type LevelDatabase, openLevelDatabase } from './level-database.ts';
import { openStateDirectories, type StateDirectories } from './state-directories.ts';
import { StorageError } from './storage-error.ts';
import { openWitnessFile, type WitnessFile } from './witness-file.ts';

export interface DirectoryOptions {
  readonly replicaId: ReplicaId;
}

const OWNER_ONLY = 0o700;
const INCARNATION_BYTES = 16;
/**
 * LevelDB has one thread for both databases of a process. While it merges the state's tables, which
 * takes seconds, the log must find room in here: else its writes stand still, and with them votes.
 */
const LOG_WRITE_BUFFER_BYTES = 16 * 1024 * 1024;
/**
 * Keys come in any order here, so that every table spans all others and has to be merged with
 * them. At LevelDB's 4 MiB that took a third of all processor time of a cluster under puts.
 */
const STATE_WRITE_BUFFER_BYTES = 16 * 1024 * 1024;

/** Just above every key of both databases. */
const END_OF_KEYS = Buffer.of(0xff);

/**
 * Creates the directory where there is none. Rejects with a `StorageError` that says what to do
 * when it belongs to another replica, was written in another format, is fenced, is in use by
 * another process, or is damaged.
 */
export async function openDataDirectory(
  path: string,
  options: DirectoryOptions,
): Promise<DataDirectory> {
  const root = resolve(path);
  makeDirectory(root);
  refuseFenced(root);
  readIdentity(root, options.replicaId);
  const log = await openLevelDatabase(join(root, 'log'), {
    writeBufferBytes: LOG_WRITE_BUFFER_BYTES,
    compression: false,
  });
  try {
    const states = await openStateDirectories(root, {
      writeBufferBytes: STATE_WRITE_BUFFER_BYTES,
      compression: false,
    });
    try {
      return await openLocked(root, options.replicaId, log, states);
    } catch (error) {
      await states.close();
      throw error;
    }
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** The databases' locks are held now: no other process writes these files. */
async function openLocked(
  root: string,
  replicaId: ReplicaId,
  log: LevelDatabase,
  states: StateDirectories,
): Promise<DataDirectory> {
  // A recovery holds these locks too: it may have ended since the look above.
  refuseFenced(root);
  const identity =
    readIdentity(root, replicaId) ?? (await drawIdentity(root, replicaId, log, states.state));
  const marks = { genesis: readGenesis(root, identity), suspicion: readSuspicion(root) };
  return new DataDirectory(root, { identity, ...marks }, { log, states });
}

export class DataDirectory {
  readonly path: string;
  readonly replicaId: ReplicaId;
  readonly incarnation: Incarnation;
  readonly log: LevelDatabase;
  /** Where it is, and where a peer's is pulled to. */
  readonly states: StateDirectories;
  #genesis: Membership | undefined;
  #suspicion: string | undefined;
  #witness: WitnessFile | undefined;

  constructor(
    path: string,
    files: {
      readonly identity: DirectoryIdentity;
      readonly genesis: Membership | undefined;
      readonly suspicion: string | undefined;
    },
    databases: { readonly log: LevelDatabase; readonly states: StateDirectories },
  ) {
    this.path = path;
    this.replicaId = files.identity.replicaId;
    this.incarnation = files.identity.incarnation;
    this.#genesis = files.genesis;
    this.#suspicion = files.suspicion;
    this.log = databases.log;
    this.states = databases.states;
  }

  get state(): LevelDatabase {
    return this.states.state;
  }

  /** `undefined` until one was stored. */
  get genesis(): Membership | undefined {
    return this.#genesis;
  }

  /** Durable once it returns. The first one stays for ever. Throws where the disk fails. */
  storeGenesis(membership: Membership): GenesisStored {
    const result = judgeGenesis(membership, this.#genesis, this);
    if (result.type === 'refused' || this.#genesis !== undefined) return result;
    writeDurableFile(join(this.path, 'genesis.json'), genesisText(membership));
    this.#genesis = membership;
    return result;
  }

  /** Why this replica may have forgotten votes; `undefined`: it has not. */
  get suspicion(): string | undefined {
    return this.#suspicion;
  }

  /** Durable once it returns. The first one stays for ever. Throws where the disk fails. */
  storeSuspicion(reason: string): void {
    if (this.#suspicion !== undefined) return;
    writeDurableFile(join(this.path, 'suspect.json'), suspicionText(reason));
    this.#suspicion = reason;
  }

  /** One for the life of a process; the first `onFailed` is called where a write of it fails. */
  openWitness(onFailed: (error: Error) => void): WitnessFile {
    if (this.#witness !== undefined) return this.#witness;
    const path = join(this.path, 'witness');
    try {
      this.#witness = openWitnessFile(path, { incarnation: this.incarnation, onFailed });
      return this.#witness;
    } catch (error) {
      throw unusable(path, error);
    }
  }

  async close(): Promise<void> {
    await this.#witness?.close();
    this.#witness = undefined;
    await this.states.close();
    await this.log.close();
  }
}

function makeDirectory(root: string): void {
  try {
    const created = mkdirSync(root, { recursive: true, mode: OWNER_ONLY });
    chmodSync(root, OWNER_ONLY);
    if (created !== undefined) syncDirectory(dirname(root));
  } catch (error) {
    throw unusable(root, error);
  }
}

function readIdentity(root: string, replicaId: ReplicaId): DirectoryIdentity | undefined {
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

/** A new directory. One that has records but no identity has lost it, and is refused. */
async function drawIdentity(
  root: string,
  replicaId: ReplicaId,
  log: LevelDatabase,
  state: LevelDatabase,
): Promise<DirectoryIdentity> {
  if (!(await isEmpty(log)) || !(await isEmpty(state))) {
    throw new StorageError(
      `${root} has data, but no identity.json. Restore that file as it was; without it, this ` +
        'directory cannot be used, and the replica must be replaced.',
    );
  }
  const incarnation = randomBytes(INCARNATION_BYTES).toString('hex');
  const identity = { replicaId, incarnation };
  writeDurableFile(join(root, 'identity.json'), identityText(identity));
  return identity;
}

function isEmpty(database: Database): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const all = { gte: new Uint8Array(0), lt: END_OF_KEYS, limit: 1 };
    database.scan(all, (error, entries) => {
      if (error === undefined) resolve(entries.length === 0);
      else reject(error);
    });
  });
}

function readGenesis(root: string, identity: DirectoryIdentity): Membership | undefined {
  const path = join(root, 'genesis.json');
  const text = readOwnFile(path);
  if (text === undefined) return undefined;
  const genesis = parseGenesis(path, text);
  const problem = genesisProblem(genesis, identity);
  if (problem === undefined) return genesis;
  throw new StorageError(`${path} does not fit this directory: ${problem}.`);
}

function readSuspicion(root: string): string | undefined {
  const path = join(root, 'suspect.json');
  const text = readOwnFile(path);
  return text === undefined ? undefined : parseSuspicion(path, text);
}

function readOwnFile(path: string): string | undefined {
  try {
    return readFileIfThere(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): StorageError {
  const detail = error instanceof Error ? error.message : String(error);
  return new StorageError(
    `cannot use ${path}: ${detail}. The user that runs the server must own the data directory.`,
    { cause: error },
  );
}
