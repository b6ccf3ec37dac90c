/**
 * One replica's directory. It belongs to one replica, in one incarnation, of one cluster, and
 * serves one process at a time.
 *
 *   identity.json   whose it is (directory-files.ts)
 *   genesis.json    the cluster's first membership; absent until it is stored
 *   suspect.json    the mark that this replica must not vote; absent as a rule
 *   next-incarnation.json   what a suspect wants to be let in again as (next-incarnation.ts)
 *   fenced.json     the mark that another cluster was made of it (fence.ts); absent as a rule
 *   unfinished      the mark that it is being filled with a state (unfinished.ts); absent as a rule
 *   reading         the mark that the state was not read through yet (reading-mark.ts)
 *   witness         how far the log was durable (witness-file.ts)
 *   log/            LevelDB: the acceptor's log
 *   state/          LevelDB: the key-value state, or `state-1` and so on (state-directories.ts)
 *   state.json      which of these it is; absent until a peer's state was installed
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Incarnation, Membership } from '../paxos/membership.ts';
import type { Database } from './database.ts';
import {
  type DirectoryIdentity,
  genesisText,
  identityText,
  type NextIncarnation,
  suspicionText,
} from './directory-files.ts';
import { writeDurableFile } from './durable-file.ts';
import { refuseFenced } from './fence.ts';
import { type GenesisStored, judgeGenesis } from './genesis-rules.ts';
import { type LevelDatabase, openLevelDatabase } from './level-database.ts';
import { beginIncarnation, writeNextIncarnation } from './next-incarnation.ts';
import {
  makeDirectory,
  readGenesis,
  readIdentity,
  readNext,
  readSuspicion,
  unusable,
} from './own-files.ts';
import { isMarkedReading, markRead, markReading } from './reading-mark.ts';
import { openStateDirectories, type StateDirectories } from './state-directories.ts';
import { DamagedRecordError, StorageError } from './storage-error.ts';
import { markUnfinished, refuseUnfinished } from './unfinished.ts';
import { UnreadableDatabase } from './unreadable-database.ts';
import { openWitnessFile, type WitnessFile } from './witness-file.ts';

export interface DirectoryOptions {
  readonly replicaId: ReplicaId;
  /** It is to be filled: nobody else opens it before `markFinished`. */
  readonly isUnfinished?: boolean;
}

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
/** So much is read and summed in about a second; more only where the last process may have ended for it. */
const MOST_CHECKED_BYTES = 1024 * 1024 * 1024;

/** Just above every key of both databases. */
const END_OF_KEYS = Buffer.of(0xff);

/**
 * Creates the directory where there is none. Rejects with a `StorageError` that says what to do
 * when it belongs to another replica, was written in another format, is fenced, was not filled to
 * the end, is in use by another process, or is damaged.
 */
export async function openDataDirectory(
  path: string,
  options: DirectoryOptions,
): Promise<DataDirectory> {
  const root = resolve(path);
  makeDirectory(root);
  if (options.isUnfinished) markUnfinished(root);
  else refuseUnfinished(root);
  refuseFenced(root);
  readIdentity(root, options.replicaId);
  const log = await openLog(root);
  try {
    const wasReading = isMarkedReading(root);
    // LevelDB begins to merge what it reads as soon as it is open.
    markReading(root);
    const states = await openStateDirectories(root, {
      writeBufferBytes: STATE_WRITE_BUFFER_BYTES,
      compression: false,
      ...(wasReading ? {} : { mostCheckedBytes: MOST_CHECKED_BYTES }),
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
  opened: Database,
  states: StateDirectories,
): Promise<DataDirectory> {
  // A recovery holds these locks too: it may have ended since the look above.
  refuseFenced(root);
  const log = (await beginLetIn(root, replicaId, opened, states)) ?? opened;
  const identity =
    readIdentity(root, replicaId) ?? (await drawIdentity(root, replicaId, log, states.state));
  const next = readNext(root);
  const marks = { genesis: readGenesis(root, identity), suspicion: readSuspicion(root), next };
  return new DataDirectory(root, { identity, ...marks }, { log, states });
}

/** A log that LevelDB finds damaged as it opens is kept as it is, and says so: it may hold votes. */
async function openLog(root: string): Promise<Database> {
  try {
    return await openLevelDatabase(join(root, 'log'), {
      writeBufferBytes: LOG_WRITE_BUFFER_BYTES,
      compression: false,
      damageOf: (cause) => new DamagedRecordError('the database of the log', cause.message),
    });
  } catch (error) {
    if (error instanceof DamagedRecordError) return new UnreadableDatabase(error);
    throw error;
  }
}

/** Where the replica was let in again: a log as of a new directory. `undefined`: it was not. */
async function beginLetIn(
  root: string,
  replicaId: ReplicaId,
  log: Database,
  states: StateDirectories,
): Promise<Database | undefined> {
  const { incarnation, membership } = readNext(root) ?? {};
  if (incarnation === undefined || !membership) return undefined;
  await log.close();
  rmSync(join(root, 'log'), { recursive: true, force: true });
  await states.beginAnew();
  // It is there before its name is made durable with all the others.
  const next = await openLog(root);
  try {
    beginIncarnation(root, { replicaId, incarnation }, membership);
    return next;
  } catch (error) {
    await next.close();
    throw error;
  }
}

export class DataDirectory {
  readonly path: string;
  readonly replicaId: ReplicaId;
  readonly incarnation: Incarnation;
  readonly log: Database;
  /** Where it is, and where a peer's is pulled to. */
  readonly states: StateDirectories;
  #genesis: Membership | undefined;
  #suspicion: string | undefined;
  #next: Incarnation | undefined;
  #witness: WitnessFile | undefined;

  constructor(
    path: string,
    files: {
      readonly identity: DirectoryIdentity;
      readonly genesis: Membership | undefined;
      readonly suspicion: string | undefined;
      readonly next: NextIncarnation | undefined;
    },
    databases: { readonly log: Database; readonly states: StateDirectories },
  ) {
    this.path = path;
    this.replicaId = files.identity.replicaId;
    this.incarnation = files.identity.incarnation;
    this.#genesis = files.genesis;
    this.#suspicion = files.suspicion;
    this.#next = files.next?.incarnation;
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

  /** What it asks to be let in again as; durable once it returns. Throws where the disk fails. */
  nextIncarnation(): Incarnation {
    if (this.#next !== undefined) return this.#next;
    const next = drawIncarnation();
    writeNextIncarnation(this.path, next, null);
    this.#next = next;
    return next;
  }

  /**
   * The membership names it in its next incarnation: the next start is that one's first. Durable once
   * it returns. Throws where the disk fails.
   */
  storeLetIn(membership: Membership): void {
    writeNextIncarnation(this.path, this.nextIncarnation(), membership);
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

  /** All of the state was read, and is whole. Throws where the disk fails. */
  markRead(): void {
    markRead(this.path);
  }

  /** The log first: what is under way there is noted in the witness. The lock of the state holds until the end. */
  async close(): Promise<void> {
    await this.log.close();
    await this.#witness?.close();
    this.#witness = undefined;
    this.markRead();
    await this.states.close();
  }
}

/** A new directory. One that has records but no identity has lost it, and is refused. */
async function drawIdentity(
  root: string,
  replicaId: ReplicaId,
  log: Database,
  state: Database,
): Promise<DirectoryIdentity> {
  if (!(await isEmpty(log)) || !(await isEmpty(state))) {
    throw new StorageError(
      `${root} has data, but no identity.json. Restore that file as it was; without it, this ` +
        'directory cannot be used, and the replica must be replaced.',
    );
  }
  const identity = { replicaId, incarnation: drawIncarnation() };
  writeDurableFile(join(root, 'identity.json'), identityText(identity));
  return identity;
}

function drawIncarnation(): Incarnation {
  return randomBytes(INCARNATION_BYTES).toString('hex');
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
