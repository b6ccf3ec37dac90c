/**
 * The bodies of a request for a chunk of a snapshot, and its answers. What the records are is not
 * looked at here: each has a checksum of its own, which the receiver checks.
 */
import { MAX_SNAPSHOT_BYTES, MAX_SNAPSHOT_KEY_BYTES } from './limits.ts';
import type { SnapshotAnswer, SnapshotPart, SnapshotRequest } from './network.ts';
import type { PullKind } from './pull.ts';
import { SNAPSHOT_PATH } from './routes.ts';
import {
  base64,
  bytes,
  exactFields,
  type Fields,
  hex128,
  hex128OrEmpty,
  integer,
  refuse,
  typeOf,
} from './shape.ts';

function encodeRequest(nonce: string, request: SnapshotRequest): string {
  const { epoch, above, id, index, maxBytes } = request;
  const after = base64(request.after);
  const type = 'fetchSnapshot';
  return JSON.stringify({ type, nonce, epoch, above, id, index, after, maxBytes });
}

function parseRequest(value: unknown): {
  readonly nonce: string;
  readonly request: SnapshotRequest;
} {
  const names = ['type', 'nonce', 'epoch', 'above', 'id', 'index', 'after', 'maxBytes'];
  const fields = exactFields(value, names);
  if (fields.type !== 'fetchSnapshot') refuse('not a request for a snapshot');
  const request = {
    epoch: integer(fields.epoch, 1),
    above: integer(fields.above, 0),
    id: hex128OrEmpty(fields.id),
    index: integer(fields.index, 0),
    after: bytes(fields.after, MAX_SNAPSHOT_KEY_BYTES),
    maxBytes: integer(fields.maxBytes, 1, MAX_SNAPSHOT_BYTES),
  };
  const isFirst = request.index === 0;
  if (isFirst !== (request.after.length === 0)) refuse('a chunk goes on behind a key');
  if (request.id === '' && !isFirst) refuse('a snapshot begins with its first chunk');
  return { nonce: hex128(fields.nonce), request };
}

function encodeAnswer(nonce: string, answer: SnapshotAnswer): string {
  if (answer.type !== 'snapshotChunk') return JSON.stringify({ ...answer, nonce });
  const { totals, type, id, slot, index, digest } = answer;
  const chunk = { type, nonce, id, slot, index, digest, records: base64(answer.records) };
  return JSON.stringify(totals === undefined ? chunk : { ...chunk, totals });
}

function parseAnswer(value: unknown, nonce: string, request: SnapshotRequest): SnapshotAnswer {
  const type = typeOf(value);
  if (type === 'snapshotGone') {
    checkNonce(exactFields(value, ['type', 'nonce']), nonce);
    return { type };
  }
  if (type === 'snapshotBehind') {
    const fields = checkNonce(exactFields(value, ['type', 'nonce', 'appliedUpTo']), nonce);
    return { type, appliedUpTo: integer(fields.appliedUpTo, 0, request.above) };
  }
  const names = ['type', 'nonce', 'id', 'slot', 'index', 'digest', 'records'];
  const fields = checkNonce(exactFields(value, names, ['totals']), nonce);
  if (type !== 'snapshotChunk') refuse('not a part of a snapshot');
  return parseChunk(fields, request);
}

function parseChunk(fields: Fields, request: SnapshotRequest): SnapshotPart {
  const id = hex128(fields.id);
  if (request.id !== '' && id !== request.id) refuse('a chunk of another snapshot');
  if (fields.index !== request.index) refuse('another chunk than was asked for');
  return {
    type: 'snapshotChunk',
    id,
    slot: integer(fields.slot, request.above + 1),
    index: request.index,
    digest: digestOf(fields.digest),
    records: bytes(fields.records, MAX_SNAPSHOT_BYTES),
    totals: 'totals' in fields ? parseTotals(fields['totals']) : undefined,
  };
}

function parseTotals(value: unknown): NonNullable<SnapshotPart['totals']> {
  const fields = exactFields(value, ['records', 'bytes']);
  return { records: integer(fields.records, 1), bytes: integer(fields.bytes, 1) };
}

function digestOf(value: unknown): string {
  const isDigest = typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
  return isDigest ? value : refuse('not 64 hex digits');
}

function checkNonce(fields: Fields, nonce: string): Fields {
  return fields.nonce === nonce ? fields : refuse('the answer to another request');
}

export const SNAPSHOT: PullKind<SnapshotRequest, SnapshotAnswer> = {
  path: SNAPSHOT_PATH,
  type: 'fetchSnapshot',
  encodeRequest,
  parseRequest,
  encodeAnswer,
  parseAnswer,
};
