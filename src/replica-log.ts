/** What happens in a replica as lines of its log, in the glossary's words. No keys, no values. */
import { unreachable } from './kv/unreachable.ts';
import { formatBallot } from './paxos/ballot.ts';
import { diskWarning } from './replica/growth.ts';
import type { ReplicaEvent } from './replica/ports.ts';
import { SUSPECT_ADVICE } from './replica/witnesses.ts';
import type { LinkChange } from './transport/http-network.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export function replicaLine(event: ReplicaEvent): LogLine {
  if ('role' in event) return roleLine(event);
  switch (event.type) {
    case 'alarm':
      return { level: 'warn', fields: { from: event.from }, text: `alarm: ${event.reason}` };
    case 'epoch': {
      const { epoch, from, isRemoved } = event;
      const text = `epoch ${epoch} from slot ${from} on`;
      const level = isRemoved ? 'warn' : 'info';
      const why = isRemoved ? '; removed: this replica is no member of its cluster any more' : '';
      return { level, fields: { epoch, from }, text: text + why };
    }
    case 'caughtUp':
      return {
        level: 'info',
        fields: { chosenUpTo: event.chosenUpTo },
        text: `caught up to slot ${event.chosenUpTo}`,
      };
    case 'genesis':
      return {
        level: 'info',
        fields: { clusterId: event.clusterId, members: event.members },
        text: 'genesis: the cluster is founded',
      };
    case 'refused':
      return { level: 'warn', fields: {}, text: event.reason };
    case 'disk': {
      const text = diskWarning(event.level) ?? 'the disk has room again';
      const level = event.level === 'full' ? 'error' : event.level === 'low' ? 'warn' : 'info';
      return { level, fields: { disk: event.level }, text };
    }
    case 'diverged':
      return { level: 'error', fields: {}, text: event.reason };
    case 'suspect': {
      const text = `suspect, without a vote: ${event.reason}; ${SUSPECT_ADVICE}`;
      return { level: 'error', fields: {}, text };
    }
    case 'letIn': {
      const { epoch } = event;
      const text = `let in again, in epoch ${epoch}: begins anew with an empty log and state`;
      return { level: 'warn', fields: { epoch }, text };
    }
    case 'notLetIn':
      return { level: 'warn', fields: {}, text: `is not let in again: ${event.reason}` };
    case 'cutDamaged': {
      const { slot } = event;
      const text = `the record of slot ${slot} in its log is damaged; the state has it: cuts the log there`;
      return { level: 'warn', fields: { slot }, text };
    }
    case 'logHeld': {
      const { slot } = event;
      const text = `keeps its log above slot ${slot} for a peer that gets the state`;
      return { level: 'info', fields: { slot }, text };
    }
    case 'logLetGo':
      return { level: 'info', fields: {}, text: 'cuts its log as ever again' };
    case 'damagedState':
      return { level: 'error', fields: {}, text: `${event.reason}; its state is had anew` };
    case 'rebuilds': {
      const { above, reason } = event;
      return { level: 'warn', fields: { above }, text: `serves nothing as yet: ${reason}` };
    }
    case 'snapshot':
      return snapshotLine(event);
    default:
      return unreachable(event);
  }
}

function snapshotLine({ fact, from, slot }: Extract<ReplicaEvent, { type: 'snapshot' }>): LogLine {
  const at = slot === 0 ? '' : ` at slot ${slot}`;
  const what = `snapshot${at} of replica ${from}`;
  const text = {
    begun: `pulls a ${what}`,
    resumed: `goes on pulling the ${what}`,
    begunAnew: `begins anew to pull a ${what}, which did not have the last one any more`,
    refusedChunk: `begins anew to pull a ${what}: what came was not as it should be`,
    damagedStaging: `begins anew to pull a ${what}: what was stored was not as it should be`,
    complete: `has the whole ${what}`,
    installed: `installs the ${what}, and begins anew on it`,
    failed: `did not get a ${what}`,
  }[fact];
  return { level: fact === 'refusedChunk' ? 'warn' : 'info', fields: { from, slot, fact }, text };
}

function roleLine({ role, ballot, leader, why }: Extract<ReplicaEvent, { type: 'role' }>): LogLine {
  const name = formatBallot(ballot);
  const fields = { role, ballot: name, ...(leader === undefined ? {} : { leader }), why };
  const whom = leader === undefined ? 'follows nobody' : `follows replica ${leader}`;
  const text = {
    leader: `leads in ballot ${name}`,
    candidate: `campaigns in ballot ${name}`,
    checking: `asks whether it may campaign, above ballot ${name}`,
    follower: `${whom}, ballot ${name}`,
  }[role];
  return { level: 'info', fields, text };
}

export function linkLine({ peer, direction, linked, why }: LinkChange): LogLine {
  const stream = direction === 'to' ? `stream to replica ${peer}` : `stream from replica ${peer}`;
  return {
    level: 'info',
    fields: { peer, direction, linked, why },
    text: `${stream} ${linked ? 'is open' : 'is closed'}`,
  };
}
