/**
 * One record on the disk, replaced whole: written beside the old one, synced, renamed over it, and
 * the directory synced, so that after any crash either the old record or the new one is there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

export class RecordFile<Record> {
  readonly #path: string;
  readonly #onDurable: (write: number) => void;
  readonly #onFailed: (error: unknown) => void;
  /** Only the newest is worth writing: it replaces those before it. */
  #newest: { readonly write: number; readonly record: Record } | undefined;
  #isWriting = false;

  /** `onDurable` is told of the number of each write after which all up to it are durable. */
  constructor(
    path: string,
    onDurable: (write: number) => void,
    onFailed: (error: unknown) => void,
  ) {
    this.#path = path;
    this.#onDurable = onDurable;
    this.#onFailed = onFailed;
  }

  save(write: number, record: Record): void {
    this.#newest = { write, record };
    if (!this.#isWriting) this.#drain().catch(this.#onFailed);
  }

  async #drain(): Promise<void> {
    this.#isWriting = true;
    while (this.#newest !== undefined) {
      const { write, record } = this.#newest;
      this.#newest = undefined;
      await replaceFile(this.#path, JSON.stringify(record));
      this.#onDurable(write);
    }
    this.#isWriting = false;
  }
}

/** The text of the record at `path`; `undefined` where none was ever made durable. */
export function readRecord(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
