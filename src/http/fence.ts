/** `Fence: NAME=N`, the name percent-encoded as in a path: a lock's, and the number that it gave. */
import type { Fence } from '../kv/lease.ts';
import { MAX_KEY_BYTES } from '../kv/key.ts';
import { isUtf8Bytes, percentDecode } from './byte-string.ts';
import { parseWhole } from './number.ts';

/** `undefined`: it is no fence. */
export function parseFence(value: string): Fence | undefined {
  const equals = value.lastIndexOf('=');
  const fence = parseWhole(value.slice(equals + 1));
  const name = percentDecode(value.slice(0, Math.max(0, equals)), false);
  if (fence === undefined || name === undefined) return undefined;
  const isName = name.length > 0 && name.length <= MAX_KEY_BYTES && isUtf8Bytes(name);
  return isName ? { name, fence } : undefined;
}
