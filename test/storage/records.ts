/** Small samples of what is stored, for the tests. */

import type { Command } from '../../src/paxos/command.ts';
import type { LogRecord } from '../../src/paxos/effects.ts';
import type { RevisionWrites } from '../../src/storage/state-store.ts';

export const IDENTITY = {
  clusterId: '0123456789abcdef0123456789abcdef',
  replicaId: 1,
  incarnation: 'fedcba9876543210fedcba9876543210',
  epoch: 1,
} as const;

export const ballot = { round: 1, leader: 1 };

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

export function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1');
}

export function batchOf(text: string, timeMs = 1): Command {
  return { type: 'batch', timeMs, bytes: bytes(text) };
}

export function accepted(slot: number, text = `command ${slot}`, round = 1, timeMs = 1): LogRecord {
  return {
    type: 'accepted',
    epoch: 1,
    slot,
    ballot: { round, leader: 1 },
    command: batchOf(text, timeMs),
  };
}

export function put(key: string, value: string, revision: number): RevisionWrites {
  const item = {
    value: bytes(value),
    contentType: 'text/plain',
    createRevision: revision,
    revision,
    version: 1,
  };
  return { revision, writes: [{ key, item }] };
}
