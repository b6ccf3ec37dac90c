/** The story of a write (trace-json.ts). Times are in ms, down to the microsecond. */
import { z } from 'zod';
import { ballot, epoch, replicaId, slot } from './members.ts';

const ms = z.number().min(0);

const Accepted = z.object({
  id: replicaId,
  atMs: ms.describe('when the leader heard of it'),
  heldMs: ms.optional().describe('how long it took there, by its own clock'),
  networkMs: ms.optional().describe('the way there and back'),
});

export const Trace = z
  .object({
    slot,
    epoch,
    ballot,
    commands: z.int().min(1).describe('that share the slot'),
    proposedAtMs: ms,
    syncMs: ms.optional().describe("the leader's own write to its disk"),
    accepted: z.array(Accepted).describe('in the order in which the leader heard of it'),
    chosenAtMs: ms.optional().describe('when a quorum had accepted it'),
    appliedAtMs: ms.optional(),
    forwarded: z
      .object({ by: replicaId, waitedMs: ms, roundTripMs: ms })
      .optional()
      .describe('what the replica adds that sent it on to the leader'),
  })
  .describe('What happened to a write, in ms since it was at the leader.');

/** Of the answer to any write. */
export const TOLD = {
  trace: z
    .union([Trace, z.null()])
    .optional()
    .describe('with `trace`: the story of the write, or null where there is none to tell'),
};
