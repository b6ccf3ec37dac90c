/** Small samples of what is stored, for the tests. */

import type { Command } from '../../src/paxos/command.ts';
import type { LogRecord } from '../../src/paxos/effects.ts';
import type { Membership } from '../../src/paxos/membership.ts';
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

/** Ends epoch 1; replica 1 alone goes on. */
export function stopAt(slot: number): Extract<LogRecord, { type: 'accepted' }> {
  const membership: Membership = {
    clusterId: IDENTITY.clusterId,
    epoch: 2,
    members: [
      {
        id: 1,
        incarnation: IDENTITY.incarnation,
        role: 'voter',
        peerUrl: 'http://127.0.0.1:7601',
        clientUrl: 'http://127.0.0.1:7600',
      },
    ],
    quorums: { phase1: 1, phase2: 1 },
  };
  const command = { type: 'stop', timeMs: 7, membership } as const;
  return { type: 'accepted', epoch: 1, slot, ballot, command };
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
