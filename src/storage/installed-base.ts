/**
 * Where a peer's state took the place of this replica's own, the log keeps the slot of it, as a record
 * of its own,
 *
 *   'B'   the slot
 *
 * synced before the state is adopted. Up to that slot the log may have gaps, and may hold what was
 * never chosen. Only that state makes up for them: without it, or with an older one, a chosen prefix
 * that the log tells of must not be read from the log.
 */
import type { Slot } from '../paxos/command.ts';
import { readUint64, UINT64_BYTES, writeUint64 } from './bytes.ts';
import type { Database } from './database.ts';
import { CHECKSUM_BYTES, type LogSeal } from './log-codec.ts';
import { DamagedRecordError } from './storage-error.ts';

const BASE_TAG = 0x42;
const NAME = 'the slot of the state that was installed';

export function baseKey(): Buffer {
  return Buffer.of(BASE_TAG);
}

export function encodeBase(seal: LogSeal, key: Buffer, slot: Slot): Buffer {
  return seal.seal(key, CHECKSUM_BYTES + UINT64_BYTES, (value) => {
    writeUint64(value, slot, CHECKSUM_BYTES);
  });
}

/** 0: no state was installed. Throws a `DamagedRecordError`. */
export function readBase(database: Database, seal: LogSeal): Slot {
  const key = baseKey();
  const stored = database.get(key);
  if (stored === undefined) return 0;
  const value = seal.check(key, stored, NAME);
  if (value.length === CHECKSUM_BYTES + UINT64_BYTES) return readUint64(value, CHECKSUM_BYTES);
  throw new DamagedRecordError(NAME, 'its length is wrong');
}
