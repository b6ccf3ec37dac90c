/** What `GET /v1/events` tells: the events of replica/happening.ts, each with its wall clock. */
import { z } from 'zod';
import { ballot, epoch, replicaId, slot } from './members.ts';

const why = z.string().describe('in words');

const at = z
  .string()
  .meta({ format: 'date-time', description: 'by the wall clock of the replica' });

function event<const Name extends string, Shape extends z.ZodRawShape>(
  names: readonly Name[],
  shape: Shape,
) {
  return z.object({ event: z.enum(names), at, ...shape });
}

const standing = event(['standing'], {
  role: z.enum(['leader', 'follower', 'candidate', 'starting']),
  leader: replicaId.optional(),
  ballot,
  epoch,
  members: z.array(replicaId),
  chosenUpTo: slot,
  appliedUpTo: slot,
});

const election = event(['campaign', 'campaignFailed', 'leader', 'leaderLost', 'steppedDown'], {
  ballot,
  leader: replicaId.optional().describe('who leads from now on'),
  why,
});

const message = event(['message'], {
  direction: z.enum(['sent', 'received']),
  peer: replicaId,
  message: z.string().describe('its type'),
  epoch,
  ballot: ballot.optional(),
  slot: slot.optional(),
  skipped: z.int().min(0).describe('so many before it were passed over'),
});

export const Happening = z
  .union([
    standing,
    election,
    event(['promised'], { ballot }),
    message,
    event(['snapshotSent'], { fact: z.enum(['begun', 'whole']), to: replicaId, slot }),
    event(['snapshot'], { fact: z.string(), from: replicaId, slot }),
    event(['epoch'], { epoch, from: slot, isRemoved: z.boolean() }),
    event(['letIn'], { epoch }),
    event(['alarm'], { from: replicaId, reason: why }),
    event(['refused', 'diverged', 'suspect', 'notLetIn', 'damagedState'], { reason: why }),
    event(['rebuilds'], { above: slot, reason: why }),
    event(['caughtUp'], { chosenUpTo: slot }),
    event(['genesis'], { clusterId: z.string(), members: z.array(replicaId) }),
    event(['disk'], { level: z.enum(['ok', 'low', 'full']) }),
    event(['cutDamaged', 'logHeld'], { slot }),
    event(['logLetGo'], {}),
    z.object({ event: z.literal('heartbeat') }).describe('a sign of life, among lines'),
  ])
  .describe('What happened in a replica. The first that is told is `standing`: how it stands.');
