/** The JSON about the cluster, its members and its log. */
import { z } from 'zod';
import { KEY_SHAPE } from './item.ts';
import { ballot, epoch, replicaId, revision, slot } from './members.ts';

const Member = z.object({
  id: replicaId,
  role: z.enum(['voter', 'nonVoting', 'joining', 'suspect']),
  peerUrl: z.string(),
  clientUrl: z.string(),
  ballot,
  chosenUpTo: slot,
  appliedUpTo: slot,
  floor: slot.describe('slots up to it are gone from its log'),
  lag: z.int().min(0).describe('slots that are chosen and not yet applied there'),
  stateHash: z.union([z.string(), z.null()]),
  disk: z.enum(['ok', 'low', 'full']),
  version: z.string(),
  reachable: z.boolean(),
});

const Transfer = z.object({
  direction: z.enum(['to', 'from']),
  peer: replicaId,
  slot,
  records: z.int().min(0),
  bytes: z.int().min(0),
});

export const Cluster = z
  .object({
    clusterId: z.union([z.string(), z.null()]),
    epoch,
    leader: z.union([replicaId, z.null()]),
    leaderUrl: z.union([z.string(), z.null()]),
    replica: replicaId.describe('the one that answers'),
    role: z.enum(['leader', 'follower', 'candidate', 'starting']),
    ballot,
    ready: z.boolean(),
    reasons: z.array(z.string()).describe('why it is not ready'),
    warnings: z.array(z.string()).describe('what to look at, though it serves'),
    chosenUpTo: slot,
    appliedUpTo: slot,
    revision,
    floor: slot,
    transfers: z.array(Transfer).describe('states on their way between two replicas'),
    members: z.array(Member),
  })
  .describe('The cluster as this replica sees it.');

export const LeaderTransferred = z.object({ leader: replicaId }).describe('Who leads from now on.');

const quorums = z.object({ phase1: z.int().min(1), phase2: z.int().min(1) });

const QuorumReport = z.object({
  voters: z.array(replicaId),
  nonVoting: z.array(replicaId),
  quorums,
  reachable: z.array(replicaId),
  tolerates: z.int().describe('so many voters may be lost'),
});

export const ChangeReport = z
  .object({
    dryRun: z.boolean().describe('nothing was done'),
    epoch: epoch.describe('of the membership after the change'),
    before: QuorumReport,
    after: QuorumReport,
    warnings: z.array(z.string()),
  })
  .describe('Who decides before a change of the membership, and after it.');

const membership = z.object({
  clusterId: z.string(),
  epoch,
  members: z.array(
    z.object({
      id: replicaId,
      incarnation: z.string(),
      role: z.enum(['voter', 'nonVoting', 'joining']),
      peerUrl: z.string(),
      clientUrl: z.string(),
      replaces: replicaId.optional(),
    }),
  ),
  quorums,
});

const logged = z
  .looseObject({ ...KEY_SHAPE, id: z.string(), op: z.string() })
  .describe('one command of a client: its `op`, and what belongs to it');

const timeMs = z.int().describe('cluster time');

export const LogEntry = z
  .object({
    slot,
    epoch,
    ballot,
    state: z.enum(['accepted', 'chosen', 'applied']),
    command: z.union([
      z.object({ type: z.literal('batch'), timeMs, commands: z.array(logged) }),
      z.object({ type: z.literal('noop'), timeMs, ballot, commands: z.array(z.never()).max(0) }),
      z.object({
        type: z.literal('stop'),
        timeMs,
        membership,
        commands: z.array(z.never()).max(0),
      }),
    ]),
    acceptedBy: z.array(replicaId).describe('who is known to have accepted it'),
  })
  .describe('One slot of the log.');

export const LogPage = z
  .object({
    items: z.array(LogEntry),
    next: z.union([slot, z.null()]).describe('the slot to go on at, where it is cut short'),
  })
  .describe('Slots of the log, in their order.');
