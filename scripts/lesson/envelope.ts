/** What comes in from outside a lesson's process, parsed at its door: peers' messages and commands. */
import { z } from 'zod';
import type { Envelope } from '../../src/paxos/single-decree/instances.ts';

const MAX_VALUE_CHARACTERS = 1024;

const count = z.int().min(0);
const instance = z.int().min(1);
const value = z.string().max(MAX_VALUE_CHARACTERS);
const ballot = z.strictObject({ round: count, leader: count });
const vote = z.strictObject({ ballot, value });
const party = z.strictObject({
  role: z.enum(['proposer', 'acceptor', 'learner']),
  id: z.int().min(1),
});

const message = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('prepare'), ballot }),
  z.strictObject({ type: z.literal('promise'), ballot, accepted: vote.exactOptional() }),
  z.strictObject({ type: z.literal('accept'), ballot, value }),
  z.strictObject({ type: z.literal('accepted'), ballot, value }),
  z.strictObject({ type: z.literal('rejected'), ballot, promised: ballot }),
  z.strictObject({ type: z.literal('ask') }),
]);

const envelope = z.strictObject({ instance, from: party, to: party, message });

export function parseEnvelope(text: string): Envelope {
  return envelope.parse(JSON.parse(text));
}

export const acceptorRecord = z.strictObject({ promised: ballot, accepted: vote.exactOptional() });
export const proposerRecord = z.strictObject({ round: count });

const peers = z.array(z.strictObject({ party, url: z.url() }));

/** What the parent says, one JSON object a line, on the standard input. */
const command = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('peers'), peers }),
  z.strictObject({ type: z.literal('propose'), instance, value }),
  /** Find out what is chosen in an instance. */
  z.strictObject({ type: z.literal('learn'), instance }),
  /** Answered by `counted`. */
  z.strictObject({ type: z.literal('count') }),
]);

export type Command = z.infer<typeof command>;

export function parseCommand(line: string): Command {
  return command.parse(JSON.parse(line));
}

const cast = z.strictObject({
  party,
  acceptors: z.array(z.int().min(1)),
  learners: z.array(z.int().min(1)),
  /** Where records are kept. */
  directory: z.string(),
  /** In percent: how many of the connections to it are cut off as they come. */
  drop: z.int().min(0).max(100),
  seed: z.int(),
});

/** Who a process is, and with whom it plays: its one argument, as JSON. */
export type Casting = z.infer<typeof cast>;

export function parseCasting(text: string): Casting {
  return cast.parse(JSON.parse(text));
}

/** What a process says, one JSON object a line, on its standard output. */
export type Report =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'learned'; readonly instance: number; readonly value: string }
  | { readonly type: 'counted'; readonly connections: number; readonly dropped: number };
