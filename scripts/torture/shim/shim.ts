/**
 * The library that is loaded before a replica's own, and what is said to it while the replica runs:
 * through a file that the library has mapped, so that each word counts from the next call on. What it
 * knows of the files outlives the process, and goes on with the next one.
 */
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { buildShim } from './build.ts';
import { ShimClocks } from './clock.ts';
import {
  CONTROL_BYTES,
  FILE_BYTES,
  FILES,
  FILES_AT,
  KEPT_AT,
  RULE_BYTES,
  RULES,
  RULES_AT,
} from './layout.ts';
import { type CutOptions, cutPowerOf } from './power-cut.ts';
import { type DiskRule, encodeRule, SEEN_AT, STRUCK_AT } from './rule.ts';

/** A rule that counts. */
export interface SetRule {
  /** Calls that it fitted, those that it skipped as well. */
  seen(): number;
  struck(): number;
  /** Calls that hang go on. */
  remove(): void;
}

const FLAG_BYTES = 4;
const COUNTER_BYTES = 8;
const RULE_PLACES = Array.from({ length: RULES }, (_, at) => RULES_AT + at * RULE_BYTES);
/** Whether a line of the journal of names is missing: the disk was full. */
const BROKEN_AT = 32;
const NAMES_BYTES = FILES_AT - KEPT_AT;

export class Shim {
  readonly folder: string;
  readonly clocks: ShimClocks;
  readonly #directory: string;
  #control: number | undefined;

  /** `directory` holds the files that are meant; it need not exist yet, as the folder need not. */
  constructor(folder: string, directory: string) {
    this.folder = resolve(folder);
    this.#directory = resolve(directory);
    this.clocks = new ShimClocks({
      read: (bytes, at) => this.#read(bytes, at),
      write: (bytes, at) => this.#write(bytes, at),
    });
  }

  /** For the process that is to run under it. Compiles the library where that is to be done. */
  environment(): Readonly<Record<string, string>> {
    this.#open();
    return {
      LD_PRELOAD: buildShim(this.folder),
      TORTURE_SHIM_FOLDER: this.folder,
      TORTURE_SHIM_DATA: this.#directory,
      // What goes through a ring is seen by no library.
      UV_USE_IO_URING: '0',
    };
  }

  /** From the next call on, beside the rules that are there. */
  add(rule: DiskRule): SetRule {
    const at = RULE_PLACES.find((place) => this.#read(FLAG_BYTES, place).readUInt32LE() === 0);
    if (at === undefined) throw new Error(`there are ${RULES} rules already`);
    const bytes = encodeRule(rule);
    this.#write(bytes.subarray(FLAG_BYTES), at + FLAG_BYTES);
    this.#write(bytes.subarray(0, FLAG_BYTES), at);
    let isSet = true;
    return {
      seen: () => this.#counter(at + SEEN_AT),
      struck: () => this.#counter(at + STRUCK_AT),
      remove: () => {
        if (isSet) this.#write(Buffer.alloc(FLAG_BYTES), at);
        isSet = false;
      },
    };
  }

  /** No rule is left. */
  clear(): void {
    for (const at of RULE_PLACES) this.#write(Buffer.alloc(FLAG_BYTES), at);
  }

  /**
   * The power failed when the process was killed, which is over: its files lose what was not really
   * synced. Says in words what was lost.
   */
  cutPower(options: CutOptions): string {
    const state = {
      folder: this.folder,
      directory: this.#directory,
      table: this.#read(FILES * FILE_BYTES, FILES_AT),
      isJournalBroken: this.#counter(KEPT_AT + BROKEN_AT) !== 0,
    };
    const said = cutPowerOf(state, options);
    this.forget();
    return said;
  }

  /** All that is on the disk is taken for synced. For when others changed it; no process runs. */
  forget(): void {
    this.#write(Buffer.alloc(NAMES_BYTES), KEPT_AT);
    this.#write(Buffer.alloc(FILES * FILE_BYTES), FILES_AT);
    for (const name of ['journal', 'kept', 'pages']) {
      rmSync(join(this.folder, name), { recursive: true, force: true });
    }
    this.#makeFolders();
  }

  close(): void {
    if (this.#control !== undefined) closeSync(this.#control);
    this.#control = undefined;
  }

  #counter(at: number): number {
    return Number(this.#read(COUNTER_BYTES, at).readBigUInt64LE());
  }

  #read(bytes: number, at: number): Buffer {
    const read = Buffer.alloc(bytes);
    readSync(this.#open(), read, 0, bytes, at);
    return read;
  }

  #write(bytes: Buffer, at: number): void {
    writeSync(this.#open(), bytes, 0, bytes.length, at);
  }

  #open(): number {
    if (this.#control !== undefined) return this.#control;
    this.#makeFolders();
    const path = join(this.folder, 'control');
    const isNew = !existsSync(path);
    this.#control = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    // In full, on the disk: what is mapped must be there when no byte is free.
    if (isNew) writeSync(this.#control, Buffer.alloc(CONTROL_BYTES));
    return this.#control;
  }

  #makeFolders(): void {
    mkdirSync(join(this.folder, 'kept'), { recursive: true, mode: 0o700 });
    mkdirSync(join(this.folder, 'pages'), { recursive: true, mode: 0o700 });
  }
}
