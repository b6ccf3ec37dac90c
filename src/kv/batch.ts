/**
 * The client commands that one slot carries, in order, each as its own bytes:
 *
 *   format (1 byte)  number of commands  then for each: length  bytes
 */
import { ByteReader, ByteWriter, countLength } from './bytes.ts';

const FORMAT = 1;

export function encodeBatch(commands: readonly Uint8Array[]): Uint8Array {
  let length = batchOverhead(commands.length);
  for (const command of commands) length += batchedLength(command.length);
  const writer = new ByteWriter(length);
  writer.writeByte(FORMAT);
  writer.writeCount(commands.length);
  for (const command of commands) {
    writer.writeCount(command.length);
    writer.writeBytes(command);
  }
  return writer.finish();
}

/** Throws where the bytes are malformed. The commands are views of the bytes, not copies. */
export function decodeBatch(bytes: Uint8Array): readonly Uint8Array[] {
  const reader = new ByteReader(bytes, 'batch');
  const format = reader.readByte();
  if (format !== FORMAT) reader.refuse(`unknown format ${format}`);
  const commands: Uint8Array[] = [];
  for (let left = reader.readCount(); left > 0; left -= 1) {
    commands.push(reader.readBytes(reader.readCount()));
  }
  reader.finish();
  return commands;
}

/** The bytes that a batch of so many commands takes besides them. */
export function batchOverhead(commands: number): number {
  return 1 + countLength(commands);
}

/** The bytes that a command of this length takes within a batch. */
export function batchedLength(commandLength: number): number {
  return countLength(commandLength) + commandLength;
}
