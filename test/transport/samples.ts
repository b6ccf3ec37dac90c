/** One message of each type, and of each shape where a type has several. */
import { Buffer } from 'node:buffer';
import type { WriteTrace } from '../../src/paxos/write-trace.ts';
import type { StreamMessage } from '../../src/transport/messages.ts';

const epoch = 1;
const ballot = { round: 7, leader: 2 };
const lower = { round: 6, leader: 3 };
const id = '0123456789abcdef'.repeat(2);
const item = {
  value: Buffer.from([0, 255, 10, 34]),
  contentType: 'text/plain; charset="\u00e9"',
  createRevision: 3,
  revision: 9,
  version: 2,
};
const batch = { type: 'batch', timeMs: 1234, bytes: Buffer.from('five commands') } as const;
const noop = { type: 'noop', timeMs: 1235, ballot: lower } as const;
const accepted = [
  { slot: 11, ballot: lower, command: batch },
  { slot: 13, ballot, command: noop },
];
const member = (memberId: number) => ({
  id: memberId,
  incarnation: `${memberId}`.padStart(32, '0'),
  role: 'voter' as const,
  peerUrl: `http://10.0.0.${memberId}:7601`,
  clientUrl: `https://kv${memberId}.example`,
});

const stop = {
  type: 'stop',
  timeMs: 1236,
  membership: {
    clusterId: id,
    epoch: 2,
    members: [member(1), { ...member(4), role: 'nonVoting' as const }],
    quorums: { phase1: 1, phase2: 1 },
  },
} as const;

const inherited = { slot: 2, ballot: lower, command: stop };

const command = Buffer.from([1, 2, 3]);
const forward = { type: 'forward', id, ballot, command, remainingMs: 2_000 } as const;
const begun: WriteTrace = { slot: 12, epoch, ballot, commands: 1, proposedUs: 0, accepted: [] };
const told: WriteTrace = {
  ...begun,
  sync: { startedUs: 0, durableUs: 900 },
  accepted: [
    { id: 1, atUs: 901, heldUs: 880 },
    { id: 2, atUs: 1_200 },
  ],
  chosenUs: 1_200,
  appliedUs: Number.MAX_SAFE_INTEGER,
};

type Samples = {
  readonly [T in StreamMessage['type']]: readonly Extract<StreamMessage, { type: T }>[];
};

export const SAMPLES: Samples = {
  checkCampaign: [{ type: 'checkCampaign', epoch, ballot }],
  campaignChecked: [
    { type: 'campaignChecked', epoch, ballot, granted: true, promised: { round: 0, leader: 0 } },
  ],
  prepare: [
    { type: 'prepare', epoch, ballot, from: 12 },
    { type: 'prepare', epoch, ballot, from: 12, succeeds: lower },
  ],
  promise: [
    { type: 'promise', epoch, ballot, chosenUpTo: 10, part: 0, parts: 1, accepted: [] },
    { type: 'promise', epoch, ballot, chosenUpTo: 10, part: 1, parts: 3, accepted },
    { type: 'promise', epoch, ballot, chosenUpTo: 1, part: 0, parts: 1, accepted: [inherited] },
  ],
  accept: [
    { type: 'accept', epoch, ballot, slot: 12, command: batch, chosenUpTo: 11 },
    { type: 'accept', epoch, ballot, slot: 12, command: noop, chosenUpTo: 0 },
    { type: 'accept', epoch, ballot, slot: 12, command: stop, chosenUpTo: 0 },
  ],
  accepted: [{ type: 'accepted', epoch, ballot, slot: Number.MAX_SAFE_INTEGER }],
  rejected: [{ type: 'rejected', epoch, ballot: lower, promised: ballot }],
  heartbeat: [
    { type: 'heartbeat', epoch, ballot, beat: 1, chosenUpTo: 0 },
    { type: 'heartbeat', epoch, ballot, beat: 1, chosenUpTo: 0, sentAtMs: 17 },
    { type: 'heartbeat', epoch, ballot, beat: 2, chosenUpTo: 0, fresh: { nonce: 5, ageMs: 51 } },
  ],
  heard: [
    { type: 'heard', epoch, ballot, beat: 1, nonce: 0 },
    { type: 'heard', epoch, ballot, beat: 1, nonce: 9, lease: { sentAtMs: 17, forMs: 300 } },
  ],
  confirmLeader: [{ type: 'confirmLeader', epoch, ballot, nonce: 0 }],
  leaderConfirmed: [{ type: 'leaderConfirmed', epoch, ballot, nonce: 5 }],
  readIndex: [{ type: 'readIndex', epoch, nonce: 6 }],
  readIndexed: [
    { type: 'readIndexed', epoch, ballot, nonce: 6 },
    { type: 'readIndexed', epoch, ballot, nonce: 6, readIndex: 0 },
  ],
  handOver: [{ type: 'handOver', epoch, ballot, to: 2 }],
  takeOver: [{ type: 'takeOver', epoch, ballot, chosenUpTo: 4 }],
  status: [
    {
      type: 'status',
      epoch,
      promised: ballot,
      chosenUpTo: 3,
      appliedUpTo: 2,
      revision: 1,
      version: '0.1.0',
      floor: 3,
      suspect: true,
      stateHash: 'ab'.repeat(16),
      disk: 'low',
      known: [
        { id: 1, incarnation: '1'.repeat(32), sequence: 0 },
        { id: 3, incarnation: 'f'.repeat(32), sequence: Number.MAX_SAFE_INTEGER },
      ],
    },
  ],
  epochEnded: [{ type: 'epochEnded', epoch, slot: 14 }],
  forward: [forward, { ...forward, trace: true }],
  trace: [{ type: 'trace', ballot, slot: 12 }],
  traced: [{ type: 'traced', ballot, slot: 12, heldUs: 0 }],
  forwarded: [
    { type: 'forwarded', id, outcome: { type: 'unknown', reason: 'steppedDown' } },
    ...[begun, told].map((trace) => ({
      type: 'forwarded' as const,
      id,
      outcome: { type: 'unknown' as const, reason: 'deadline' },
      trace,
    })),
    { type: 'forwarded', id, outcome: { type: 'notApplied', reason: 'overloaded \u{1f642}' } },
    ...[
      { type: 'put', revision: 5, version: 1, created: true, key: 'a\u0000\u00ff' } as const,
      { type: 'put', revision: 5, version: 2, created: false, key: 'k', prev: item } as const,
      { type: 'put', revision: 5, version: 1, created: true, key: 'k', prev: null } as const,
      ...[{ type: 'lease', lease: 7 } as const, { type: 'until', untilMs: 0 } as const].map(
        (lifetime) => ({
          type: 'deleted' as const,
          deleted: 1,
          revision: 6,
          prev: { ...item, lifetime },
        }),
      ),
      { type: 'deleted', deleted: 1, revision: 6, prev: item } as const,
      { type: 'deleted', deleted: 0, revision: 0 } as const,
      { type: 'absent', revision: 0 } as const,
      { type: 'conditionFailed', revision: 8 } as const,
      { type: 'conditionFailed', revision: 8, current: 4 } as const,
      { type: 'tooManyKeys', revision: 8, max: 100, actual: 101 } as const,
      { type: 'leaseGranted', revision: 8, lease: 1, ttlMs: 1 } as const,
      { type: 'leaseRenewed', revision: 8, lease: 1, ttlMs: 1 } as const,
      { type: 'leaseRevoked', revision: 8, deleted: 0 } as const,
      { type: 'leaseGone', revision: 8 } as const,
      { type: 'leaseGone', revision: 8, action: 0 } as const,
      { type: 'lockHeld', revision: 8, fence: 8, lease: 2, ttlMs: 10_000 } as const,
      { type: 'lockQueued', revision: 8, waiter: id } as const,
      { type: 'lockBusy', revision: 8, freeInMs: 0 } as const,
      { type: 'lockLeft', revision: 8 } as const,
      { type: 'tooManyWaiters', revision: 8 } as const,
      { type: 'tooManyLeases', revision: 8 } as const,
      { type: 'staleFence', revision: 8 } as const,
      { type: 'staleFence', revision: 8, current: 4 } as const,
      { type: 'expired', revision: 8, deleted: 3 } as const,
    ].map((answer) => ({
      type: 'forwarded' as const,
      id,
      outcome: { type: 'applied' as const, slot: 3, answer },
    })),
  ],
  hello: [{ type: 'hello' }],
  introduce: [
    { type: 'introduce', incarnation: id },
    { type: 'introduce', incarnation: id, to: id },
  ],
  genesis: [
    {
      type: 'genesis',
      membership: {
        clusterId: id,
        epoch: 1,
        members: [member(1), member(2), member(3)],
        quorums: { phase1: 2, phase2: 2 },
      },
    },
  ],
  genesisStored: [{ type: 'genesisStored', clusterId: id }],
  genesisRefused: [{ type: 'genesisRefused', clusterId: id, reason: 'we have one' }],
};

export const ALL_SAMPLES: readonly StreamMessage[] = Object.values(SAMPLES).flat();
