/**
 * Where a list goes on: at which revision, at which key, and a digest of the request that it belongs
 * to. A cursor of another request, or of another cluster, is refused.
 */
import { createHash } from 'node:crypto';
import { parseWhole } from './number.ts';
import { notDone } from './outcome.ts';
import { Problem } from './problem.ts';
import type { Key } from '../kv/key.ts';

export interface Cursor {
  readonly revision: number;
  readonly next: Key;
}

const DIGEST_CHARS = 16;
const CURSOR = /^(\d{1,16})\.([0-9a-f]{16})\.([\s\S]*)$/;

/** `parts` are everything about a request that its cursors are bound to. */
export function digestOf(parts: readonly (string | number | boolean | undefined)[]): string {
  const text = JSON.stringify(parts.map((part) => part ?? null));
  return createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARS);
}

export function formatCursor(cursor: Cursor, digest: string): string {
  const text = `${cursor.revision}.${digest}.${cursor.next}`;
  return Buffer.from(text, 'latin1').toString('base64url');
}

/**
 * `clusterId`: of this replica's cluster, which the digest was made with. Where it knows of none yet,
 * it cannot tell whose the cursor is; that is no fault of the request.
 */
export function parseCursor(
  text: string,
  digest: string,
  clusterId: string | undefined,
): Cursor | Problem {
  if (clusterId === undefined) return notDone('notReady');
  const match = CURSOR.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const revision = parseWhole(match?.[1] ?? '');
  const next = match?.[3];
  if (revision === undefined || next === undefined) {
    return new Problem('invalid_cursor', 'it is not a cursor of this server');
  }
  if (match?.[2] !== digest) {
    return new Problem('invalid_cursor', 'a cursor goes with the same other parameters');
  }
  return { revision, next };
}
