/**
 * The checks that everything from a peer goes through before it is used. They are exact: what is
 * not described is refused. Each returns the value in its type, or throws `Malformed`, which
 * ends at the door (message-decoder.ts, frame.ts) as an ordinary value.
 */
import { Buffer } from 'node:buffer';

export class Malformed extends Error {
  override readonly name = 'Malformed';
}

export function refuse(problem: string): never {
  throw new Malformed(problem);
}

export type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The members of an object that has all of `required`, perhaps some of `optional`, and nothing
 * else: so an own `__proto__`, as `JSON.parse` can make it, is refused like any other stranger.
 */
export function exactFields(
  value: unknown,
  required: readonly string[],
  optional: readonly string[] = [],
): Fields {
  if (!isObject(value)) return refuse('not an object');
  let known = 0;
  for (const name of required) {
    if (!Object.hasOwn(value, name)) refuse(`${name} is missing`);
    known += 1;
  }
  for (const name of optional) if (Object.hasOwn(value, name)) known += 1;
  if (Object.keys(value).length !== known) refuse('an unknown member');
  return value;
}

/** The member that tells the variants of a union apart. */
export function typeOf(value: unknown): string {
  if (!isObject(value) || !Object.hasOwn(value, 'type')) return refuse('no type');
  return typeof value.type === 'string' ? value.type : refuse('a type that is not a string');
}

export function integer(
  value: unknown,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return refuse('not an integer');
  if (value < min || value > max || Object.is(value, -0)) return refuse('a number out of bounds');
  return value;
}

export function flag(value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse('not true or false');
}

export function text(value: unknown, maxChars: number): string {
  if (typeof value !== 'string') return refuse('not a string');
  return value.length <= maxChars ? value : refuse('a string is too long');
}

/** 32 lower-case hexadecimal digits: a command id, an incarnation, a cluster id, a nonce. */
export function hex128(value: unknown): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{32}$/.test(value))
    return refuse('not 32 hex digits');
  return value;
}

export function hex128OrEmpty(value: unknown): string {
  return value === '' ? '' : hex128(value);
}

/**
 * Base64 in its one canonical form: standard alphabet, padded, no spare bits. Node's decoder
 * skips what it does not know, so the bytes are encoded again and compared, which is also ten
 * times as fast as a regular expression.
 */
export function bytes(value: unknown, maxBytes: number): Buffer {
  if (typeof value !== 'string') return refuse('bytes that are not a string');
  if (value.length > base64Length(maxBytes)) return refuse('too many bytes');
  const decoded = Buffer.from(value, 'base64');
  if (decoded.length > maxBytes) return refuse('too many bytes');
  return decoded.toString('base64') === value ? decoded : refuse('not base64');
}

export function list<T>(value: unknown, max: number, parse: (item: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) return refuse('not a list');
  if (value.length > max) return refuse('a list is too long');
  return value.map((item: unknown) => parse(item));
}

export function base64(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

export function base64Length(length: number): number {
  return 4 * Math.ceil(length / 3);
}
