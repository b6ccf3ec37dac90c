/** A block of a table: entries in the order of their keys, each told by what differs from the one before. */
import { ByteReader, FormatError } from './byte-reader.ts';

export interface BlockEntry {
  /** As LevelDB has it: the user's key, then the number and the type of the write in 8 bytes. */
  readonly key: Buffer;
  readonly value: Buffer;
}

const WORD_BYTES = 4;
const KEY_TRAILER_BYTES = 8;
const MOST_TYPE = 1;

/** As they stand there. Throws a `FormatError` where LevelDB could not read it. */
export function entriesOf(block: Buffer): readonly BlockEntry[] {
  const { restarts, end } = restartsOf(block);
  const reader = new ByteReader(block, 0, end);
  const entries: BlockEntry[] = [];
  let last: Buffer = Buffer.alloc(0);
  while (!reader.isAtEnd) {
    const isRestart = restarts.delete(reader.at);
    const shared = reader.varint();
    const length = reader.varint();
    const valueLength = reader.varint();
    if (shared > last.length || (isRestart && shared > 0))
      throw new FormatError('a key of nothing');
    const key = Buffer.concat([last.subarray(0, shared), reader.take(length)]);
    entries.push({ key, value: reader.take(valueLength) });
    last = key;
  }
  if (restarts.size > 0 && entries.length > 0)
    throw new FormatError('a place where no entry begins');
  return entries;
}

function restartsOf(block: Buffer): { restarts: Set<number>; end: number } {
  if (block.length < WORD_BYTES) throw new FormatError('a block without an end');
  const count = block.readUInt32LE(block.length - WORD_BYTES);
  const end = block.length - WORD_BYTES * (count + 1);
  if (count === 0 || end < 0) throw new FormatError(`${count} places where entries begin`);
  const restarts = new Set<number>();
  for (let at = end; at < block.length - WORD_BYTES; at += WORD_BYTES) {
    restarts.add(block.readUInt32LE(at));
  }
  if (restarts.size !== count || block.readUInt32LE(end) !== 0) {
    throw new FormatError('entries begin twice, or not at the beginning');
  }
  return { restarts, end };
}

/** Whether these are keys as LevelDB writes them, each after the one before. */
export function areInOrder(keys: readonly Buffer[]): boolean {
  return keys.every((key, at) => {
    const before = keys[at - 1];
    return isKey(key) && (before === undefined || compareKeys(before, key) < 0);
  });
}

function isKey(key: Buffer): boolean {
  return (
    key.length >= KEY_TRAILER_BYTES && key.readUInt8(key.length - KEY_TRAILER_BYTES) <= MOST_TYPE
  );
}

/** Of the same user's key the later write comes first. */
function compareKeys(a: Buffer, b: Buffer): number {
  const [endA, endB] = [a.length - KEY_TRAILER_BYTES, b.length - KEY_TRAILER_BYTES];
  const order = a.compare(b, 0, endB, 0, endA);
  if (order !== 0) return order;
  const [writeA, writeB] = [a.readBigUInt64LE(endA), b.readBigUInt64LE(endB)];
  if (writeA === writeB) return 0;
  return writeA > writeB ? -1 : 1;
}
