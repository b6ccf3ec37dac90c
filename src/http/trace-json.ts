/** The story of a write for people: as JSON, and as `Server-Timing` (W3C). In ms, down to the microsecond. */
import type { AcceptedTrace, WriteTrace } from '../paxos/write-trace.ts';
import type { Json } from './problem.ts';

const US_PER_MS = 1000;

/** What ends in `atMs` is since the command was at the leader; all else is a duration. */
export function traceObject(trace: WriteTrace): Json {
  const { accepted, appliedUs, ballot, chosenUs, commands, epoch, forwarded, slot, sync } = trace;
  const { leader, round } = ballot;
  return {
    slot,
    epoch,
    ballot: { round, leader },
    commands,
    proposedAtMs: ms(trace.proposedUs),
    ...(sync === undefined ? {} : { syncMs: ms(sync.durableUs - sync.startedUs) }),
    accepted: accepted.map((one) => acceptedObject(trace, one)),
    ...(chosenUs === undefined ? {} : { chosenAtMs: ms(chosenUs) }),
    ...(appliedUs === undefined ? {} : { appliedAtMs: ms(appliedUs) }),
    ...(forwarded === undefined
      ? {}
      : {
          forwarded: {
            by: forwarded.by,
            waitedMs: ms(forwarded.waitedUs),
            roundTripMs: ms(forwarded.roundTripUs),
          },
        }),
  };
}

function acceptedObject({ ballot, proposedUs }: WriteTrace, one: AcceptedTrace): Json {
  const { atUs, heldUs, id } = one;
  const at = { id, atMs: ms(atUs) };
  if (heldUs === undefined) return at;
  if (id === ballot.leader) return { ...at, heldMs: ms(heldUs) };
  return { ...at, heldMs: ms(heldUs), networkMs: ms(atUs - proposedUs - heldUs) };
}

export function serverTiming(trace: WriteTrace): string {
  const { accepted, appliedUs, chosenUs, forwarded, proposedUs, sync } = trace;
  const metrics = [metric('queue', proposedUs)];
  if (sync !== undefined) metrics.push(metric('sync', sync.durableUs - sync.startedUs));
  for (const { atUs, id } of accepted) metrics.push(metric(`accepted-${id}`, atUs - proposedUs));
  if (chosenUs !== undefined) metrics.push(metric('quorum', chosenUs - proposedUs));
  if (appliedUs === undefined) return metrics.join(', ');
  if (chosenUs !== undefined) metrics.push(metric('apply', appliedUs - chosenUs));
  const totalUs = forwarded === undefined ? appliedUs : forwarded.waitedUs + forwarded.roundTripUs;
  if (forwarded !== undefined) metrics.push(metric('forward', totalUs - appliedUs));
  return [...metrics, metric('total', totalUs)].join(', ');
}

function metric(name: string, us: number): string {
  return `${name};dur=${ms(us)}`;
}

/** Two clocks are compared where a peer says how long it took: never below 0. */
function ms(us: number): number {
  return Math.max(0, us) / US_PER_MS;
}
