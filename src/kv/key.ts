/**
 * A key is a string of bytes: each character is one byte, code 0 to 255. So the order of strings
 * (`<`) is the order of bytes, the same on every replica and in the database, and a key of any
 * bytes can be held. Text becomes a key as its UTF-8.
 */
export type Key = string;

export const MIN_KEY_BYTES = 1;
export const MAX_KEY_BYTES = 1024;

/** The highest byte, and so the highest code that a key's character may have. */
const MAX_BYTE = 0xff;
const MAX_ASCII = 0x7f;

/** Whether it is a key that the store takes: bytes only, and not too few or too many of them. */
export function isKey(text: string): boolean {
  return text.length >= MIN_KEY_BYTES && isPrefix(text);
}

/** Whether it can begin a key: as `isKey`, but it may be empty. */
export function isPrefix(text: string): boolean {
  return text.length <= MAX_KEY_BYTES && isWithinCodes(text, MAX_BYTE);
}

/** Negative when `a` comes first in the order of bytes, 0 when they are the same. */
export function compareKeys(a: Key, b: Key): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Throws where there are more bytes than a key has. */
export function keyFromBytes(bytes: Uint8Array): Key {
  if (bytes.length > MAX_KEY_BYTES) throw new Error(`a key of ${bytes.length} bytes`);
  return Reflect.apply(String.fromCharCode, undefined, bytes);
}

export function keyToBytes(key: Key): Uint8Array {
  const bytes = new Uint8Array(key.length);
  for (let i = 0; i < key.length; i += 1) bytes[i] = key.charCodeAt(i);
  return bytes;
}

/**
 * The UTF-8 of a text, of whatever length: `isKey` has the last word on it. `undefined` where the
 * text holds half a character (a lone surrogate), which has no UTF-8.
 */
export function keyFromText(text: string): Key | undefined {
  if (isWithinCodes(text, MAX_ASCII)) return text;
  if (/\p{Surrogate}/u.test(text)) return undefined;
  let key = '';
  for (const byte of new TextEncoder().encode(text)) key += String.fromCharCode(byte);
  return key;
}

/** The text whose UTF-8 the key is; `undefined` where its bytes are not UTF-8. */
export function textFromKey(key: Key): string | undefined {
  if (isWithinCodes(key, MAX_ASCII)) return key;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(keyToBytes(key));
  } catch {
    return undefined;
  }
}

function isWithinCodes(text: string, max: number): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > max) return false;
  return true;
}
