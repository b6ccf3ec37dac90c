/**
 * Where the state is: in `state`, or, once a peer's state was installed, in the directory that the
 * file `state.json` names. A state that is being pulled lies in the next one; when it is whole, the
 * file names it, in one rename: before it the old state stands, after it the new one.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../paxos/assert.ts';
import type { Database } from './database.ts';
import { parseStateNumber, stateNumberText } from './directory-files.ts';
import { readFileIfThere, syncDirectory, writeDurableFile } from './durable-file.ts';
import { DamagedStateError } from './storage-error.ts';
import { type LevelDatabase, type LevelOptions, openLevelDatabase } from './level-database.ts';

const NAME = /^state(?:-([1-9]\d*))?$/;

type StagingDone = (error: Error | undefined, database?: Database) => void;

/** Deletes the directories that neither the state nor a transfer needs. */
export async function openStateDirectories(
  root: string,
  options: LevelOptions,
): Promise<StateDirectories> {
  const path = join(root, 'state.json');
  const text = readFileIfThere(path);
  const number = text === undefined ? 0 : parseStateNumber(path, text);
  for (const name of readdirSync(root)) {
    const found = numberOf(name);
    if (found === undefined || found === number || found === number + 1) continue;
    rmSync(join(root, name), { recursive: true });
  }
  const stateOptions = { ...options, damageOf };
  const state = await openState(root, number, stateOptions);
  return new StateDirectories({ root, options: stateOptions, number }, state);
}

/** A state that LevelDB finds damaged as it opens is thrown away: it is had anew from the log or a peer. */
async function openState(
  root: string,
  number: number,
  options: LevelOptions,
): Promise<LevelDatabase> {
  const path = join(root, nameOf(number));
  try {
    return await openLevelDatabase(path, options);
  } catch (error) {
    if (!(error instanceof DamagedStateError)) throw error;
    await rm(path, { recursive: true, force: true });
    return openLevelDatabase(path, options);
  }
}

function damageOf(cause: Error): Error {
  return new DamagedStateError('the database of the state', cause.message);
}

export class StateDirectories {
  readonly #root: string;
  readonly #options: LevelOptions;
  #number: number;
  #state: LevelDatabase;
  #staging: LevelDatabase | undefined;
  /** What is done with directories is done one after the other. */
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(
    place: { readonly root: string; readonly options: LevelOptions; readonly number: number },
    state: LevelDatabase,
  ) {
    this.#root = place.root;
    this.#options = place.options;
    this.#number = place.number;
    this.#state = state;
  }

  get state(): LevelDatabase {
    return this.#state;
  }

  /** What an earlier transfer left; `fresh`: an empty database, whatever was left. */
  openStaging(fresh: boolean, done: StagingDone): void {
    void this.#tellOpened(
      this.#next(() => this.#openStaging(fresh)),
      done,
    );
  }

  /** What `done` throws is our bug: nothing catches the rejection, and the process ends. */
  async #tellOpened(opening: Promise<LevelDatabase>, done: StagingDone): Promise<void> {
    let database: LevelDatabase | undefined;
    let problem: Error | undefined;
    try {
      database = await opening;
    } catch (error) {
      problem = asError(error);
    }
    if (!this.#isClosed) done(problem, database);
  }

  /**
   * The staging database, which was opened last and is written whole, is the state from now on;
   * durably, once this returns. Nobody uses the old one any more. Throws where the disk fails.
   */
  adopt(): void {
    const staging = this.#staging;
    assert(staging !== undefined, 'what is adopted was staged');
    const [old, oldNumber] = [this.#state, this.#number];
    syncDirectory(join(this.#root, nameOf(oldNumber + 1)));
    syncDirectory(this.#root);
    writeDurableFile(join(this.#root, 'state.json'), stateNumberText(oldNumber + 1));
    this.#number = oldNumber + 1;
    this.#state = staging;
    this.#staging = undefined;
    void this.#next(async () => {
      await old.close();
      await rm(join(this.#root, nameOf(oldNumber)), { recursive: true, force: true });
    });
  }

  /** Nothing is left of the state, nor of what was staged; durably, once it resolves. */
  async beginAnew(): Promise<void> {
    await this.#next(() => this.#openStaging(true));
    this.adopt();
    await this.#work;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
    await this.#staging?.close();
    await this.#state.close();
  }

  async #openStaging(fresh: boolean): Promise<LevelDatabase> {
    const path = join(this.#root, nameOf(this.#number + 1));
    if (fresh) {
      await this.#staging?.close();
      this.#staging = undefined;
      await rm(path, { recursive: true, force: true });
    }
    mkdirSync(path, { recursive: true });
    this.#staging ??= await openLevelDatabase(path, this.#options);
    return this.#staging;
  }

  #next<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#work.then(run);
    this.#work = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}

function nameOf(number: number): string {
  return number === 0 ? 'state' : `state-${number}`;
}

function numberOf(name: string): number | undefined {
  const match = NAME.exec(name);
  return match === null ? undefined : Number(match[1] ?? 0);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
