/** The story of a write, as the leader tells it to whoever forwarded the write. */
import { MAX_MEMBERS } from '../paxos/membership.ts';
import type { AcceptedTrace, WriteTrace } from '../paxos/write-trace.ts';
import { MAX_REPLICA_ID } from './limits.ts';
import { parseUsedBallot } from './proposal-json.ts';
import { exactFields, integer, list } from './shape.ts';

const REQUIRED = ['slot', 'epoch', 'ballot', 'commands', 'proposedUs', 'accepted'];
const OPTIONAL = ['sync', 'chosenUs', 'appliedUs'];

export function parseTrace(value: unknown): WriteTrace {
  const fields = exactFields(value, REQUIRED, OPTIONAL);
  const { appliedUs, chosenUs, sync } = fields;
  return {
    slot: integer(fields.slot, 1),
    epoch: integer(fields.epoch, 1),
    ballot: parseUsedBallot(fields.ballot),
    commands: integer(fields.commands, 1),
    proposedUs: integer(fields.proposedUs, 0),
    ...(sync === undefined ? {} : { sync: parseSync(sync) }),
    accepted: list(fields.accepted, MAX_MEMBERS, parseAccepted),
    ...(chosenUs === undefined ? {} : { chosenUs: integer(chosenUs, 0) }),
    ...(appliedUs === undefined ? {} : { appliedUs: integer(appliedUs, 0) }),
  };
}

function parseSync(value: unknown): NonNullable<WriteTrace['sync']> {
  const { durableUs, startedUs } = exactFields(value, ['startedUs', 'durableUs']);
  return { startedUs: integer(startedUs, 0), durableUs: integer(durableUs, 0) };
}

function parseAccepted(value: unknown): AcceptedTrace {
  const { atUs, heldUs, id } = exactFields(value, ['id', 'atUs'], ['heldUs']);
  return {
    id: integer(id, 1, MAX_REPLICA_ID),
    atUs: integer(atUs, 0),
    ...(heldUs === undefined ? {} : { heldUs: integer(heldUs, 0) }),
  };
}
