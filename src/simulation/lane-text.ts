/** What stands beside the lanes: messages and facts in words, as the lessons write them. */
import { unreachable } from '../paxos/assert.ts';
import type { MessageBody, ProposalBody, ReplicaHappening } from './trace-event.ts';

/** Of those that a message carries. */
const MAX_PROPOSALS = 3;

/** Signs of life and gossip: a story that shows them all is told slowly. */
const QUIET: ReadonlySet<string> = new Set([
  'heartbeat',
  'heard',
  'status',
  'introduce',
  'genesisStored',
]);

export function isQuiet(body: MessageBody): boolean {
  return QUIET.has(body.type);
}

/** `accept(3.1, slot 5, put k1='a')`. */
export function bodyText(body: MessageBody): string {
  const parts = [
    body.ballot,
    ifKnown('slot', body.slot),
    body.from === undefined ? undefined : `from slot ${body.from}`,
    body.command,
    body.promised === undefined ? undefined : `promised ${body.promised}`,
    proposalsText(body.proposals),
    body.granted === undefined ? undefined : body.granted ? 'yes' : 'no',
    ifKnown('chosen up to', body.chosenUpTo),
    ifKnown('applied up to', body.appliedUpTo),
    body.parts === undefined ? undefined : `part ${(body.part ?? 0) + 1} of ${body.parts}`,
    ifKnown('nonce', body.nonce),
    body.to === undefined ? undefined : `to R${body.to}`,
    body.outcome,
    body.text,
  ];
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? body.type : `${body.type}(${known.join(', ')})`;
}

/** What a replica did, or what was done to it. */
export function happeningText({ ballot, role, text, what }: ReplicaHappening): string {
  switch (what) {
    case 'role':
      return role === undefined ? text : `${role} ${ballot ?? ''}: ${text}`;
    case 'applied':
      return `applies ${text}`;
    case 'durable':
      return `on disk: ${text}`;
    case 'report':
      return text;
    case 'boot':
    case 'crash':
    case 'close':
    case 'closed':
    case 'pause':
    case 'clock':
    case 'disk':
      return `${what}: ${text}`;
    default:
      return unreachable(what);
  }
}

/** What a replica's mark in its lane is. */
export function markOf(event: ReplicaHappening): string {
  switch (event.what) {
    case 'boot':
      return '+';
    case 'crash':
    case 'closed':
      return '#';
    case 'close':
    case 'pause':
    case 'clock':
    case 'disk':
      return '!';
    case 'durable':
    case 'role':
    case 'applied':
    case 'report':
      return '*';
    default:
      return unreachable(event.what);
  }
}

function ifKnown(name: string, value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${name} ${value}`;
}

function proposalsText(proposals: readonly ProposalBody[] | undefined): string | undefined {
  if (proposals === undefined) return undefined;
  if (proposals.length === 0) return 'nothing';
  const shown = proposals.slice(0, MAX_PROPOSALS).map(({ slot, ballot, command }) => {
    return `slot ${slot}: (${ballot}, ${command})`;
  });
  const more = proposals.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
