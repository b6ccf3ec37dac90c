/** The database of a state on its way, of which each write may be looked at when it is there. */
import type { DatabaseWrite, WriteDone, WriteOptions } from '../storage/database.ts';
import { MemoryDatabase, type MemoryDatabaseOptions } from '../storage/memory-database.ts';

export class StagedDatabase extends MemoryDatabase {
  readonly #onWritten: (database: StagedDatabase) => void;

  /** `onWritten`: before whoever wrote knows of it. */
  constructor(options: MemoryDatabaseOptions, onWritten: (database: StagedDatabase) => void) {
    super(options);
    this.#onWritten = onWritten;
  }

  override write(writes: readonly DatabaseWrite[], options: WriteOptions, done: WriteDone): void {
    super.write(writes, options, (error) => {
      this.#onWritten(this);
      done(error);
    });
  }
}
