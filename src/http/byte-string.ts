/**
 * Keys as byte strings (each character one byte) out of a request target and into JSON. Targets are
 * decoded once; no dot segment is folded, no slash is merged, and what is not UTF-8 is refused.
 */
import { isUtf8 } from 'node:buffer';

const PERCENT = 0x25;
const PLUS = 0x2b;

/** Whether a JSON string may hold it as it stands: ASCII without controls, quote and backslash. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const HIGH = /[\x80-\xff]/;
const NOT_ASCII = /[^\x20-\x7e]/;

/** `undefined`: a percent sign without two hexadecimal digits. `plusIsSpace` as forms write it. */
export function percentDecode(raw: string, plusIsSpace: boolean): string | undefined {
  if (!raw.includes('%') && !(plusIsSpace && raw.includes('+'))) return raw;
  let decoded = '';
  for (let i = 0; i < raw.length; i += 1) {
    const code = raw.charCodeAt(i);
    if (code === PERCENT) {
      const byte = hexDigit(raw.charCodeAt(i + 1)) * 16 + hexDigit(raw.charCodeAt(i + 2));
      if (Number.isNaN(byte)) return undefined;
      decoded += String.fromCharCode(byte);
      i += 2;
    } else {
      decoded += code === PLUS && plusIsSpace ? ' ' : raw.charAt(i);
    }
  }
  return decoded;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 70) return code - 55;
  if (code >= 97 && code <= 102) return code - 87;
  return Number.NaN;
}

export function isUtf8Bytes(bytes: string): boolean {
  return !HIGH.test(bytes) || isUtf8(Buffer.from(bytes, 'latin1'));
}

/** A byte string that is known to be UTF-8, as a JSON string with its quotes. */
export function jsonOfUtf8(bytes: string): string {
  if (PLAIN.test(bytes)) return `"${bytes}"`;
  return JSON.stringify(Buffer.from(bytes, 'latin1').toString('utf8'));
}

/** A member for the key: `"key":...`, or `"key64":...` where its bytes are not UTF-8. */
export function jsonKeyMember(key: string): string {
  if (PLAIN.test(key)) return `"key":"${key}"`;
  if (isUtf8Bytes(key)) return `"key":${jsonOfUtf8(key)}`;
  return `"key64":"${Buffer.from(key, 'latin1').toString('base64url')}"`;
}

/** The same for any name; the member of bytes that are not UTF-8 ends in `64`. */
export function jsonBytesMember(name: string, bytes: string): string {
  if (isUtf8Bytes(bytes)) return `"${name}":${jsonOfUtf8(bytes)}`;
  return `"${name}64":"${Buffer.from(bytes, 'latin1').toString('base64url')}"`;
}

/** Whether the text is ASCII alone, which costs less to write out. */
export function isAscii(text: string): boolean {
  return !NOT_ASCII.test(text);
}

/** The key alone, as lists with `keys` have it: a string, or an object where it is not UTF-8. */
export function jsonKey(key: string): string {
  return isUtf8Bytes(key) ? jsonOfUtf8(key) : `{${jsonKeyMember(key)}}`;
}
