/**
 * The witness of the acceptor's log, as a small file beside the database (witness.ts).
 *
 * It has two halves, a page each, and they are written in turn, so that a torn write leaves the
 * other half as it was; the higher number counts. A half holds
 *
 *   0    `synod-w1`
 *   8    the sequence, 8 bytes, big-endian
 *   16   16 bytes of SHA-256 over the directory's incarnation and what stands before
 *
 * Writes go through a thread of their own, one at a time and with a pause after each, which costs a
 * process under load nothing that shows; what comes meanwhile is written next, the latest alone.
 * So a process that is killed loses what it was told within the pause, and `close` loses nothing.
 */
import { hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Incarnation } from '../paxos/membership.ts';
import { readUint64, UINT64_BYTES, writeUint64 } from './bytes.ts';
import { syncDirectory } from './durable-file.ts';
import { StorageError } from './storage-error.ts';
import type { Witness } from './witness.ts';

const OWNER_ONLY = 0o600;
const MAGIC = Buffer.from('synod-w1', 'latin1');
const SEQUENCE_AT = MAGIC.length;
const CHECKSUM_AT = SEQUENCE_AT + UINT64_BYTES;
const CHECKSUM_BYTES = 16;
const HALF_BYTES = CHECKSUM_AT + CHECKSUM_BYTES;
/** A page each: two halves are never in one write of the disk. */
const PAGE_BYTES = 4096;
/** A write that goes through a thread costs about 30 us of processor time. */
const PAUSE_MS = 20;

export interface WitnessFileOptions {
  readonly incarnation: Incarnation;
  /** A write failed: the process must end. */
  readonly onFailed: (error: Error) => void;
}

/** Creates the file, durably, where there is none. Throws where the disk fails. */
export function openWitnessFile(path: string, options: WitnessFileOptions): WitnessFile {
  const { file, isNew } = openOrCreate(path);
  const halves = isNew ? [undefined, undefined] : readHalves(file, options.incarnation);
  return new WitnessFile(file, options, halves);
}

export class WitnessFile implements Witness {
  readonly found: number | undefined;
  readonly #file: number;
  readonly #options: WitnessFileOptions;
  readonly #half = Buffer.alloc(HALF_BYTES);
  /** Which half is written next. */
  #next: 0 | 1;
  #highest: number;
  /** What the half that was written last says, or will. */
  #written: number;
  #state: 'idle' | 'writing' | 'pausing' | 'failed' | 'closed' = 'idle';
  #pause: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;

  /** Use `openWitnessFile`. */
  constructor(file: number, options: WitnessFileOptions, halves: readonly (number | undefined)[]) {
    this.#file = file;
    this.#options = options;
    const [first, second] = halves;
    this.found = first === undefined && second === undefined ? undefined : max(first, second);
    this.#highest = max(first, second);
    this.#written = this.#highest;
    this.#next = (first ?? -1) > (second ?? -1) ? 1 : 0;
  }

  note(sequence: number): void {
    if (sequence <= this.#highest) return;
    this.#highest = sequence;
    if (this.#state === 'idle') this.#write();
  }

  /** Everything that it was told is in the file, unless a write failed; nothing is written after this. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        if (this.#written < this.#highest && this.#state !== 'failed') this.#write();
        if (this.#state === 'writing') return;
        clearTimeout(this.#pause);
        this.#state = 'closed';
        closeSync(this.#file);
        resolve();
      };
      this.#onIdle = end;
      if (this.#state !== 'writing') end();
    });
  }

  #write(): void {
    this.#state = 'writing';
    this.#written = this.#highest;
    fillHalf(this.#half, this.#written, this.#options.incarnation);
    const at = this.#next * PAGE_BYTES;
    this.#next = this.#next === 0 ? 1 : 0;
    write(this.#file, this.#half, 0, HALF_BYTES, at, (error, written) => {
      if (error === null && written === HALF_BYTES) this.#onWritten();
      else this.#onFailed(error);
      this.#onIdle?.();
    });
  }

  #onWritten(): void {
    this.#state = 'pausing';
    this.#pause = setTimeout(() => {
      this.#state = 'idle';
      if (this.#written < this.#highest) this.#write();
    }, PAUSE_MS);
    this.#pause.unref();
  }

  /** Nothing is written after this. */
  #onFailed(cause: Error | null): void {
    this.#state = 'failed';
    const detail = cause === null ? 'it was cut short' : cause.message;
    this.#options.onFailed(new StorageError(`cannot write the witness: ${detail}`, { cause }));
  }
}

function openOrCreate(path: string): { readonly file: number; readonly isNew: boolean } {
  try {
    return { file: openSync(path, 'r+'), isNew: false };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return { file: create(path), isNew: true };
  }
}

/** With both pages there: a later write changes bytes, and no length. */
function create(path: string): number {
  const file = openSync(path, 'wx+', OWNER_ONLY);
  writeSync(file, Buffer.alloc(2 * PAGE_BYTES), 0, 2 * PAGE_BYTES, 0);
  fsyncSync(file);
  syncDirectory(dirname(path));
  return file;
}

/** `undefined` for a half that is not there, or damaged. */
function readHalves(file: number, incarnation: Incarnation): (number | undefined)[] {
  return [0, 1].map((half) => {
    const bytes = Buffer.alloc(HALF_BYTES);
    const read = readSync(file, bytes, 0, HALF_BYTES, half * PAGE_BYTES);
    const sequence = readUint64(bytes, SEQUENCE_AT);
    const expected = Buffer.alloc(HALF_BYTES);
    if (read < HALF_BYTES || !Number.isSafeInteger(sequence)) return undefined;
    fillHalf(expected, sequence, incarnation);
    return expected.equals(bytes) ? sequence : undefined;
  });
}

function fillHalf(half: Buffer, sequence: number, incarnation: Incarnation): void {
  MAGIC.copy(half);
  writeUint64(half, sequence, SEQUENCE_AT);
  const bound = Buffer.concat([Buffer.from(incarnation, 'hex'), half.subarray(0, CHECKSUM_AT)]);
  half.write(hash('sha256', bound, 'binary').slice(0, CHECKSUM_BYTES), CHECKSUM_AT, 'latin1');
}

function max(first = 0, second = 0): number {
  return Math.max(first, second);
}
