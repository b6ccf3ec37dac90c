/** What the lines of a trace file must look like, member by member: what is not named is refused. */
import { CHOICE_KINDS } from './choices.ts';
import {
  type MessageBody,
  type ProposalBody,
  REPLICA_FACTS,
  type TraceEvent,
  WORLD_FACTS,
} from './trace-event.ts';

/** What is wrong with a value; undefined: nothing. */
export type Check = (value: unknown) => string | undefined;

/** A check for each member that a value of the type may have. */
export type Shape<T> = { readonly [Member in keyof Required<T>]: Check };

export type Checks = Readonly<Record<string, Check>>;

export type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members are those of the shape, no other, and each is right. */
export function problemOf(shape: Checks, value: unknown): string | undefined {
  if (!isObject(value)) return 'not an object';
  const checks = new Map<string, Check>(Object.entries(shape));
  for (const name of Object.keys(value)) {
    if (!checks.has(name)) return `unknown member ${JSON.stringify(name)}`;
  }
  for (const [name, check] of checks) {
    const problem = check(value[name]);
    if (problem !== undefined) return `${name}: ${problem}`;
  }
  return undefined;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? undefined : 'not a text';
}

export function whole(value: unknown): string | undefined {
  const isWhole = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  return isWhole ? undefined : 'not a whole number from 0';
}

export function flag(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'not true or false';
}

export function oneOf(words: readonly string[]): Check {
  return (value) => (words.some((word) => word === value) ? undefined : `not of ${words.join()}`);
}

export function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

export function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return 'not a list';
    return value.map((item: unknown) => check(item)).find((problem) => problem !== undefined);
  };
}

function ballot(value: unknown): string | undefined {
  const isBallot = typeof value === 'string' && /^\d+\.\d+$/.test(value);
  return isBallot ? undefined : 'not a ballot such as 3.1';
}

function link(value: unknown): string | undefined {
  return Array.isArray(value) && value.length === 2 ? listOf(whole)(value) : 'not a pair';
}

const PROPOSAL: Shape<ProposalBody> = { slot: whole, ballot, command: text };

const BODY: Shape<MessageBody> = {
  type: text,
  ballot: optional(ballot),
  slot: optional(whole),
  command: optional(text),
  promised: optional(ballot),
  chosenUpTo: optional(whole),
  appliedUpTo: optional(whole),
  from: optional(whole),
  proposals: optional(listOf((value) => problemOf(PROPOSAL, value))),
  part: optional(whole),
  parts: optional(whole),
  nonce: optional(whole),
  granted: optional(flag),
  to: optional(whole),
  outcome: optional(text),
  text: optional(text),
};

const CALL = { client: whole, operation: whole, replica: whole, text };

const EVENTS: {
  readonly [Type in TraceEvent['type']]: Shape<Extract<TraceEvent, { readonly type: Type }>>;
} = {
  sent: {
    type: text,
    message: whole,
    from: whole,
    to: whole,
    body: (value) => problemOf(BODY, value),
  },
  lost: { type: text, message: whole, why: oneOf(['chance', 'cut', 'down']) },
  delivered: { type: text, message: whole, repeated: flag },
  replica: {
    type: text,
    replica: whole,
    what: oneOf(REPLICA_FACTS),
    text,
    ballot: optional(ballot),
    slot: optional(whole),
    command: optional(text),
    role: optional(oneOf(['follower', 'candidate', 'leader'])),
  },
  chosen: { type: text, replica: whole, slot: whole, ballot, command: text },
  invoke: { type: text, ...CALL },
  return: { type: text, ...CALL, outcome: text, slot: optional(whole) },
  world: { type: text, what: oneOf(WORLD_FACTS), text, links: optional(listOf(link)) },
  violation: { type: text, invariant: text, text },
};

const SHAPES: ReadonlyMap<unknown, Checks> = new Map(Object.entries(EVENTS));

export function eventProblem(value: unknown): string | undefined {
  const shape = isObject(value) ? SHAPES.get(value['type']) : undefined;
  return shape === undefined ? 'no event of a known type' : problemOf(shape, value);
}

export function keptProblem(value: unknown): string | undefined {
  if (!isObject(value)) return 'not an object';
  for (const [kind, numbers] of Object.entries(value)) {
    const problem = oneOf(CHOICE_KINDS)(kind) ?? listOf(whole)(numbers);
    if (problem !== undefined) return `${kind}: ${problem}`;
  }
  return undefined;
}
