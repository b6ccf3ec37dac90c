/**
 * The disk does not hold what it should. None of these is ever retried: the process ends, with
 * the message; or the replica begins anew without what is damaged (replica/lives.ts).
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Incarnation } from '../paxos/membership.ts';

export class StorageError extends Error {
  override readonly name: string = 'StorageError';
}

/**
 * A write was refused because the disk is full, so that nothing of it was promised to be there:
 * the one failed write after which the log may be opened again as if nothing had happened.
 */
export class DiskFullError extends StorageError {
  override readonly name = 'DiskFullError';
}

/** What a failed write of a database was; LevelDB says why in the words of `strerror` alone. */
export function asWriteError(cause: Error): Error {
  const isFull = /No space left on device|Disk quota exceeded/.test(cause.message);
  return isFull ? new DiskFullError(`the disk is full: ${cause.message}`, { cause }) : cause;
}

/** Another version wrote it: nothing is damaged, and nothing is to be read. */
export class OtherFormatError extends StorageError {
  override readonly name = 'OtherFormatError';
}

/** A record is there, and its bytes are not what was written: never "nothing is there". */
export class DamagedRecordError extends StorageError {
  override readonly name = 'DamagedRecordError';

  constructor(record: string, problem: string) {
    super(`damaged record: ${record}: ${problem}`);
  }
}

/**
 * What is damaged is of the state alone, which others hold too: it is thrown away and had anew, and
 * nothing that was promised or accepted is in doubt by it.
 */
export class DamagedStateError extends DamagedRecordError {}

/** The state of another replica lies here: nothing of it is damaged, and the log beside it is not in doubt. */
export class ForeignStateError extends StorageError {
  override readonly name = 'ForeignStateError';

  constructor(replicaId: ReplicaId, incarnation: Incarnation, clusterId: string) {
    super(
      `this is the state of another replica: it belongs to replica ${replicaId}, incarnation ` +
        `${incarnation}, of cluster ${clusterId}. Put each directory back where it was.`,
    );
  }
}

/** Synced batches of the acceptor's log are missing, or only partly there. */
export class BrokenChainError extends StorageError {
  override readonly name = 'BrokenChainError';

  constructor(problem: string) {
    super(`the log lost synced writes: ${problem}`);
  }
}

/** A `StorageError` as a value; anything else is our bug, and goes on. */
export function caught<T>(read: () => T): T | StorageError {
  try {
    return read();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}
