/**
 * A server of the example: single-decree Paxos in which every server proposes, accepts and learns,
 * and answers a register's `get` once it knows what was decided.
 */
import { unreachable } from '../../paxos/assert.ts';
import type { Value } from './register-history.ts';

/** Servers and clients are numbered together, from 0. */
export type ActorId = number;

export interface Ballot {
  readonly round: number;
  readonly server: ActorId;
}

export interface Proposal {
  readonly request: number;
  readonly client: ActorId;
  readonly value: Value;
}

export interface LastAccepted {
  readonly ballot: Ballot;
  readonly proposal: Proposal;
}

export type ExampleMessage =
  | { readonly type: 'put'; readonly request: number; readonly value: Value }
  | { readonly type: 'get'; readonly request: number }
  | { readonly type: 'putOk'; readonly request: number }
  | { readonly type: 'getOk'; readonly request: number; readonly value: Value }
  | { readonly type: 'prepare'; readonly ballot: Ballot }
  | {
      readonly type: 'prepared';
      readonly ballot: Ballot;
      readonly lastAccepted: LastAccepted | undefined;
    }
  | { readonly type: 'accept'; readonly ballot: Ballot; readonly proposal: Proposal }
  | { readonly type: 'accepted'; readonly ballot: Ballot }
  | { readonly type: 'decided'; readonly ballot: Ballot; readonly proposal: Proposal };

export interface ServerState {
  readonly ballot: Ballot;
  /** What it proposes: a client's wish, or what it inherited. */
  readonly proposal: Proposal | undefined;
  /** Who promised the own ballot, and what each had accepted. */
  readonly prepares: ReadonlyMap<ActorId, LastAccepted | undefined>;
  readonly accepts: ReadonlySet<ActorId>;
  readonly accepted: LastAccepted | undefined;
  readonly isDecided: boolean;
}

export const INITIAL_SERVER: ServerState = {
  ballot: { round: 0, server: 0 },
  proposal: undefined,
  prepares: new Map(),
  accepts: new Set(),
  accepted: undefined,
  isDecided: false,
};

export interface Server {
  readonly id: ActorId;
  readonly peers: readonly ActorId[];
}

export interface Sent {
  readonly to: ActorId;
  readonly message: ExampleMessage;
}

export interface ServerStep {
  readonly state: ServerState;
  readonly sent: readonly Sent[];
}

/** `undefined`: the message changes nothing. */
export function stepServer(
  server: Server,
  state: ServerState,
  from: ActorId,
  message: ExampleMessage,
): ServerStep | undefined {
  if (state.isDecided) return message.type === 'get' ? answerGet(state, from, message) : undefined;
  switch (message.type) {
    case 'put':
      return state.proposal === undefined ? campaign(server, state, from, message) : undefined;
    case 'prepare':
      return isBelow(state.ballot, message.ballot) ? promise(state, from, message) : undefined;
    case 'prepared':
      return isSame(state.ballot, message.ballot)
        ? collectPromise(server, state, from, message)
        : undefined;
    case 'accept':
      return isBelow(message.ballot, state.ballot) ? undefined : accept(state, from, message);
    case 'accepted':
      return isSame(state.ballot, message.ballot)
        ? collectVote(server, state, from, message)
        : undefined;
    case 'decided':
      return { state: learn(state, message), sent: [] };
    case 'get':
    case 'putOk':
    case 'getOk':
      return undefined;
    default:
      return unreachable(message);
  }
}

type Of<Type> = Extract<ExampleMessage, { readonly type: Type }>;

function answerGet(state: ServerState, from: ActorId, { request }: Of<'get'>): ServerStep {
  const value = state.accepted?.proposal.value ?? '';
  return { state, sent: [{ to: from, message: { type: 'getOk', request, value } }] };
}

/** Its own promise counts at once. */
function campaign(
  { id, peers }: Server,
  state: ServerState,
  from: ActorId,
  { request, value }: Of<'put'>,
): ServerStep {
  const ballot = { round: state.ballot.round + 1, server: id };
  return {
    state: {
      ...state,
      ballot,
      proposal: { request, client: from, value },
      prepares: new Map([[id, state.accepted]]),
      accepts: new Set(),
    },
    sent: peers.map((to) => ({ to, message: { type: 'prepare', ballot } })),
  };
}

function promise(state: ServerState, from: ActorId, { ballot }: Of<'prepare'>): ServerStep {
  const { accepted } = state;
  const answer: ExampleMessage = { type: 'prepared', ballot, lastAccepted: accepted };
  return { state: { ...state, ballot }, sent: [{ to: from, message: answer }] };
}

/** With a majority it proposes, and its own vote counts at once. */
function collectPromise(
  { id, peers }: Server,
  state: ServerState,
  from: ActorId,
  { ballot, lastAccepted }: Of<'prepared'>,
): ServerStep {
  const prepares = new Map(state.prepares).set(from, lastAccepted);
  if (prepares.size !== majority(peers)) return { state: { ...state, prepares }, sent: [] };
  const proposal = highest([...prepares.values()])?.proposal ?? state.proposal;
  if (proposal === undefined) return { state: { ...state, prepares }, sent: [] };
  return {
    state: {
      ...state,
      prepares,
      proposal,
      accepted: { ballot, proposal },
      accepts: new Set(state.accepts).add(id),
    },
    sent: peers.map((to) => ({ to, message: { type: 'accept', ballot, proposal } })),
  };
}

function accept(state: ServerState, from: ActorId, message: Of<'accept'>): ServerStep {
  const { ballot, proposal } = message;
  return {
    state: { ...state, ballot, accepted: { ballot, proposal } },
    sent: [{ to: from, message: { type: 'accepted', ballot } }],
  };
}

function collectVote(
  { peers }: Server,
  state: ServerState,
  from: ActorId,
  { ballot }: Of<'accepted'>,
): ServerStep {
  const accepts = new Set(state.accepts).add(from);
  const { proposal } = state;
  if (accepts.size !== majority(peers) || proposal === undefined) {
    return { state: { ...state, accepts }, sent: [] };
  }
  const decided: ExampleMessage = { type: 'decided', ballot, proposal };
  const putOk: ExampleMessage = { type: 'putOk', request: proposal.request };
  const sent = peers.map((to) => ({ to, message: decided }));
  return {
    state: { ...state, accepts, isDecided: true },
    sent: [...sent, { to: proposal.client, message: putOk }],
  };
}

function learn(state: ServerState, { ballot, proposal }: Of<'decided'>): ServerState {
  return { ...state, ballot, accepted: { ballot, proposal }, isDecided: true };
}

function majority(peers: readonly ActorId[]): number {
  return Math.floor((peers.length + 1) / 2) + 1;
}

function highest(reports: readonly (LastAccepted | undefined)[]): LastAccepted | undefined {
  let best: LastAccepted | undefined;
  for (const report of reports) {
    if (report === undefined) continue;
    if (best === undefined || isBelow(best.ballot, report.ballot)) best = report;
  }
  return best;
}

function isBelow(a: Ballot, b: Ballot): boolean {
  return a.round !== b.round ? a.round < b.round : a.server < b.server;
}

function isSame(a: Ballot, b: Ballot): boolean {
  return a.round === b.round && a.server === b.server;
}
