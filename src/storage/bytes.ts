/** Fixed-width numbers, high byte first, so that the order of the bytes is that of the numbers. */

const TWO_TO_32 = 2 ** 32;

export const UINT32_BYTES = 4;
export const UINT64_BYTES = 8;

/** A whole number from 0 to 2^53 - 1, in 8 bytes. */
export function writeUint64(bytes: Buffer, value: number, at: number): number {
  bytes.writeUInt32BE(Math.floor(value / TWO_TO_32), at);
  return bytes.writeUInt32BE(value % TWO_TO_32, at + UINT32_BYTES);
}

export function readUint64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * TWO_TO_32 + bytes.readUInt32BE(at + UINT32_BYTES);
}

/** The same bytes, not a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
