/** Which tables a database consists of, as its MANIFEST says: others lie there that it does not use. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ByteReader, FormatError } from './byte-reader.ts';
import { maskedCrc32c } from './crc32c.ts';

export interface LiveTable {
  readonly number: number;
  /** In bytes; what lies beyond is not read. */
  readonly size: number;
}

/** Any other content of CURRENT LevelDB finds damaged, or looks for in vain. */
const NAME = /^(MANIFEST-\d+)\n$/;
const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
const LENGTH_AT = 4;
const TYPE_AT = 6;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

const TAGS = {
  comparator: 1,
  logNumber: 2,
  nextFile: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLogNumber: 9,
} as const;

/** `undefined`: there is no database, or LevelDB itself does not open it, and says why. */
export async function readLiveTables(path: string): Promise<readonly LiveTable[] | undefined> {
  try {
    const [, name] = NAME.exec(await readFile(join(path, 'CURRENT'), 'latin1')) ?? [];
    if (name === undefined) return undefined;
    const manifest = await readFile(join(path, name));
    const live = new Map<number, LiveTable>();
    for (const record of recordsOf(manifest)) applyEdit(record, live);
    return [...live.values()];
  } catch (error) {
    if (error instanceof FormatError || isMissing(error)) return undefined;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** What is cut off at the end was never durable: it is none. */
function* recordsOf(file: Buffer): Generator<Buffer> {
  let parts: Buffer[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= file.length) {
    if (BLOCK_BYTES - (at % BLOCK_BYTES) < HEADER_BYTES) {
      at += BLOCK_BYTES - (at % BLOCK_BYTES);
      continue;
    }
    const end = at + HEADER_BYTES + file.readUInt16LE(at + LENGTH_AT);
    if (end > file.length) return;
    if (maskedCrc32c(file, at + TYPE_AT, end) !== file.readUInt32LE(at)) {
      throw new FormatError(`a record at ${at} is damaged`);
    }
    const type = file.readUInt8(at + TYPE_AT);
    const part = file.subarray(at + HEADER_BYTES, end);
    at = end;
    parts = type === FULL || type === FIRST ? [part] : [...parts, part];
    if (type === FULL || type === LAST) yield Buffer.concat(parts);
    else if (type !== FIRST && type !== MIDDLE) throw new FormatError(`a record of type ${type}`);
  }
}

function applyEdit(record: Buffer, live: Map<number, LiveTable>): void {
  const reader = new ByteReader(record);
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    switch (tag) {
      case TAGS.comparator:
        reader.string();
        break;
      case TAGS.logNumber:
      case TAGS.nextFile:
      case TAGS.lastSequence:
      case TAGS.previousLogNumber:
        reader.varint();
        break;
      case TAGS.compactPointer:
        reader.varint();
        reader.string();
        break;
      case TAGS.deletedFile:
        reader.varint();
        live.delete(reader.varint());
        break;
      case TAGS.newFile: {
        reader.varint();
        const table = { number: reader.varint(), size: reader.varint() };
        live.set(table.number, table);
        reader.string();
        reader.string();
        break;
      }
      default:
        throw new FormatError(`an edit with tag ${tag}`);
    }
  }
}
