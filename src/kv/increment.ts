/**
 * Numbers within values: whole, in decimal digits, exact below 2^53 in both directions, without
 * leading zeros. The bytes of what is added: its sign (0 or 1), and its size as a count (bytes.ts).
 */
import { type ByteReader, type ByteSink, countLength } from './bytes.ts';

/** As long as the longest: 16 digits and a sign. */
const MAX_DIGITS = 17;
const NUMBER = /^(?:0|-?[1-9][0-9]*)$/;
const PLUS = 0;
const MINUS = 1;

/** `undefined`: these bytes are no such number. */
export function numberIn(value: Uint8Array): number | undefined {
  if (value.length === 0 || value.length > MAX_DIGITS) return undefined;
  const text = Reflect.apply(String.fromCharCode, undefined, value);
  const number = Number(text);
  return NUMBER.test(text) && Number.isSafeInteger(number) ? number : undefined;
}

export function valueOfNumber(number: number): Uint8Array {
  const digits = String(number);
  return Uint8Array.from(digits, (digit) => digit.charCodeAt(0));
}

export function incrementLength(by: number): number {
  return 1 + countLength(Math.abs(by));
}

export function writeIncrement(writer: ByteSink, by: number): void {
  writer.writeByte(by < 0 ? MINUS : PLUS);
  writer.writeCount(Math.abs(by));
}

export function readIncrement(reader: ByteReader): number {
  const sign = reader.readByte();
  const size = reader.readCount();
  if (sign === PLUS) return size;
  if (sign === MINUS && size > 0) return -size;
  return reader.refuse('a number with an unknown sign');
}
