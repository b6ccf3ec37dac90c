/**
 * Whether the tables of a database can be read at all. LevelDB, as `level` builds it, does not look at
 * the checksums of the blocks that it reads, and where a block is damaged in its shape, a failed
 * assertion of its own ends the process: at each start again. So they are looked at before it opens.
 *
 * A damaged block that is not compressed and still has its shape (only values differ, as a rule) is
 * passed over: records have checksums of their own, and one record can be mended alone.
 */
import { open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { areInOrder, type BlockEntry, entriesOf } from './block.ts';
import { ByteReader, FormatError } from './byte-reader.ts';
import { maskedCrc32c } from './crc32c.ts';
import { isMissing, type LiveTable, readLiveTables } from './manifest.ts';
import { decompressSnappy } from './snappy.ts';

interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

interface FoundTable {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A block of data that the index names; without its place, the table is of no use at all. */
interface Damage {
  readonly text: string;
  readonly block?: BlockHandle;
}

/** A block of data lies between the keys of two entries of the index. */
interface DataBlock {
  readonly handle: BlockHandle;
  readonly after: Buffer | undefined;
  readonly upTo: Buffer;
}

const FOOTER_BYTES = 48;
const MAGIC_AT = 40;
const MAGIC = 0xdb_47_75_24_8b_80_fb_57n;
/** Behind each block: how it is compressed, and the checksum. */
const TRAILER_BYTES = 5;
const RAW = 0;
const SNAPPY = 1;
const NAME_DIGITS = 6;
const TABLE = /^\d+\.(?:ldb|sst)$/;

/**
 * Says what is damaged, or `undefined`. Reads all tables of the database in the directory, one after
 * another, or none where they have more than `mostBytes`; what is missing, and the other files, LevelDB
 * looks at as it opens. Rejects where the disk fails.
 */
export async function damageOfTables(
  path: string,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<string | undefined> {
  const tables = (await readLiveTables(path)) ?? [];
  if (tables.reduce((bytes, { size }) => bytes + size, 0) > mostBytes) return undefined;
  const reader = new TableReader(path);
  for (const table of tables) {
    const found = await reader.read(table);
    const [damage] = found === undefined ? [] : damagesIn(found.bytes, table.size);
    if (found !== undefined && damage !== undefined) return `${found.name}: ${damage.text}`;
  }
  return undefined;
}

/**
 * In a copy that is to be repaired, which takes all tables that are there: damaged blocks become empty
 * ones, and tables whose index is damaged are deleted, so that LevelDB can read the rest. Returns what
 * was left out, in words.
 */
export async function leaveOutDamage(path: string): Promise<readonly string[]> {
  const said: string[] = [];
  const reader = new TableReader(path);
  for (const name of (await readdir(path)).filter((one) => TABLE.test(one))) {
    const bytes = await reader.readFile(name);
    const damages = damagesIn(bytes, bytes.length);
    if (damages.length === 0) continue;
    said.push(...damages.map(({ text }) => `${name}: ${text}`));
    const blocks = damages.flatMap(({ block }) => block ?? []);
    if (blocks.length < damages.length) {
      await rm(join(path, name));
    } else {
      for (const block of blocks) makeEmpty(bytes, block);
      await writeFile(join(path, name), bytes);
    }
  }
  return said;
}

/** Into one buffer after another table: a new one for each costs more than its checksum. */
class TableReader {
  readonly #path: string;
  #buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** Its bytes are good until the next one is read. */
  async read({ number }: LiveTable): Promise<FoundTable | undefined> {
    const digits = String(number).padStart(NAME_DIGITS, '0');
    for (const name of [`${digits}.ldb`, `${digits}.sst`]) {
      try {
        return { name, bytes: await this.readFile(name) };
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    return undefined;
  }

  /** The same. */
  async readFile(name: string): Promise<Buffer> {
    const file = await open(join(this.#path, name), 'r');
    try {
      const { size } = await file.stat();
      if (this.#buffer.length < size) this.#buffer = Buffer.allocUnsafe(size);
      let length = 0;
      while (length < size) {
        const { bytesRead } = await file.read(this.#buffer, length, size - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return this.#buffer.subarray(0, length);
    } finally {
      await file.close();
    }
  }
}

function damagesIn(file: Buffer, size: number): readonly Damage[] {
  if (file.length < size) return [{ text: `${file.length} bytes of ${size}` }];
  const table = file.subarray(0, size);
  try {
    return dataBlocksOf(table).flatMap((block) => damageOfData(table, block) ?? []);
  } catch (error) {
    if (error instanceof FormatError) return [{ text: error.message }];
    throw error;
  }
}

/** Throws a `FormatError` where anything is damaged by which they are found. */
function dataBlocksOf(table: Buffer): readonly DataBlock[] {
  const footerAt = table.length - FOOTER_BYTES;
  if (footerAt < 0 || table.readBigUInt64LE(footerAt + MAGIC_AT) !== MAGIC) {
    throw new FormatError('it does not end as a table does');
  }
  const footer = new ByteReader(table, footerAt, footerAt + MAGIC_AT);
  const [others, index] = [handleOf(footer), handleOf(footer)];
  for (const { value } of wholeEntries(table, others)) {
    const handle = handleOf(new ByteReader(value));
    if (!isWhole(table, handle)) throw new FormatError(textOf('a filter', handle));
  }
  const entries = wholeEntries(table, index);
  return entries.map(({ key, value }, at) => {
    return { handle: handleOf(new ByteReader(value)), after: entries[at - 1]?.key, upTo: key };
  });
}

/** Of a block that LevelDB reads by: it has to be whole. */
function wholeEntries(table: Buffer, handle: BlockHandle): readonly BlockEntry[] {
  if (!isWhole(table, handle)) throw new FormatError(textOf('an index', handle));
  return entriesOf(contentOf(table, handle));
}

function damageOfData(table: Buffer, block: DataBlock): Damage | undefined {
  const { handle } = block;
  if (isWhole(table, handle) || hasItsShape(table, block)) return undefined;
  return { text: textOf('a block', handle), block: handle };
}

function hasItsShape(table: Buffer, { handle, after, upTo }: DataBlock): boolean {
  if (table[handle.offset + handle.size] !== RAW) return false;
  try {
    const keys = entriesOf(contentOf(table, handle)).map(({ key }) => key);
    const last = keys.at(-1);
    const isBelow = last !== undefined && (last.equals(upTo) || areInOrder([last, upTo]));
    return isBelow && areInOrder(after === undefined ? keys : [after, ...keys]);
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** Zeros are a block without entries. */
function makeEmpty(table: Buffer, { offset, size }: BlockHandle): void {
  const typeAt = offset + size;
  table.fill(0, offset, typeAt + 1);
  table.writeUInt32LE(maskedCrc32c(table, offset, typeAt + 1), typeAt + 1);
}

function handleOf(reader: ByteReader): BlockHandle {
  return { offset: reader.varint(), size: reader.varint() };
}

function isWhole(table: Buffer, { offset, size }: BlockHandle): boolean {
  const typeAt = offset + size;
  if (typeAt + TRAILER_BYTES > table.length) throw new FormatError('a block beyond the end');
  return maskedCrc32c(table, offset, typeAt + 1) === table.readUInt32LE(typeAt + 1);
}

function contentOf(table: Buffer, { offset, size }: BlockHandle): Buffer {
  const bytes = table.subarray(offset, offset + size);
  const type = table[offset + size];
  if (type === RAW) return bytes;
  if (type === SNAPPY) return decompressSnappy(bytes);
  throw new FormatError(`a block of type ${type}`);
}

function textOf(what: string, { offset, size }: BlockHandle): string {
  return `${what} of ${size} bytes at ${offset} is damaged`;
}
