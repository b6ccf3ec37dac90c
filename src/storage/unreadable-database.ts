/** What stands for a database that could not be opened: whatever is asked of it, it says why. */
import type { Database, DatabaseView, ScanDone, WriteDone } from './database.ts';
import type { StorageError } from './storage-error.ts';

export class UnreadableDatabase implements Database {
  readonly #error: StorageError;

  constructor(error: StorageError) {
    this.#error = error;
  }

  write(_writes: unknown, _options: unknown, done: WriteDone): void {
    queueMicrotask(() => done(this.#error));
  }

  get(): never {
    throw this.#error;
  }

  scan(_range: unknown, done: ScanDone): void {
    queueMicrotask(() => done(this.#error, [], false));
  }

  clear(_range: unknown, done: WriteDone): void {
    queueMicrotask(() => done(this.#error));
  }

  reclaim(_range: unknown, done: WriteDone): void {
    queueMicrotask(() => done(this.#error));
  }

  openView(): DatabaseView {
    return {
      get: () => this.get(),
      scan: (range, done) => this.scan(range, done),
      close: () => undefined,
    };
  }

  async close(): Promise<void> {}
}
