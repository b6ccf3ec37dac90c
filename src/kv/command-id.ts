/**
 * The id of a client's command: 16 bytes that are never used again, written as 32 lower-case
 * hexadecimal digits. Whoever waits for a command's answer finds it by this id, not by its slot.
 */
import type { ByteReader, ByteSink } from './bytes.ts';

export type CommandId = string;

export const COMMAND_ID_BYTES = 16;

const DIGITS = '0123456789abcdef';
const PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `${DIGITS.charAt(byte >> 4)}${DIGITS.charAt(byte & 15)}`,
);

export function isCommandId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

export function commandIdFromBytes(bytes: Uint8Array): CommandId {
  if (bytes.length !== COMMAND_ID_BYTES) throw new Error(`an id of ${bytes.length} bytes`);
  let id = '';
  for (const byte of bytes) id += PAIRS[byte] ?? '';
  return id;
}

export function writeCommandId(writer: ByteSink, id: CommandId): void {
  if (id.length !== 2 * COMMAND_ID_BYTES) throw new Error(`not a command id: ${id}`);
  for (let i = 0; i < id.length; i += 2) {
    writer.writeByte(digitAt(id, i) * 16 + digitAt(id, i + 1));
  }
}

export function readCommandId(reader: ByteReader): CommandId {
  let id = '';
  for (let i = 0; i < COMMAND_ID_BYTES; i += 1) id += PAIRS[reader.readByte()] ?? '';
  return id;
}

function digitAt(id: CommandId, index: number): number {
  const code = id.charCodeAt(index);
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  throw new Error(`not a command id: ${id}`);
}
