/**
 * Changes of who belongs to the cluster and how many decide. Any replica takes them; the leader
 * plans, checks and answers. `?dryRun` tells what would decide before and after, and does nothing.
 */
import type { z } from 'zod';
import { unreachable } from '../kv/unreachable.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { ChangeReport, MembershipOrder, OrderOutcome } from '../paxos/orders.ts';
import { refusesBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { readJson } from './json-body.ts';
import { parseWhole } from './number.ts';
import { ADD, MOVE, PROMOTE, QUORUMS, REMOVE, REPLACE } from './operations/cluster.ts';
import { notDone, unknownOutcome } from './outcome.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';
import { redirects } from './prefer.ts';

const MAX_ID = 65_535;

/** Without a vote for good where it is asked for; else it gets one once it has caught up. */
export function serveAdd(exchange: Exchange): void {
  withBody(exchange, ADD, ({ id, role = 'voter', ...address }) => ({
    type: 'add',
    id,
    address,
    role: role === 'voter' ? 'joining' : role,
  }));
}

/** The new address of a member. */
export function serveMove(exchange: Exchange): void {
  withMember(exchange, (id) => {
    withBody(exchange, MOVE, (address) => ({ type: 'move', id, address }));
  });
}

export function serveRemove(exchange: Exchange): void {
  withMember(exchange, (id) => withoutBody(exchange, REMOVE, { type: 'remove', id }));
}

export function servePromote(exchange: Exchange): void {
  withMember(exchange, (id) => withoutBody(exchange, PROMOTE, { type: 'promote', id }));
}

/** By the one that the body names. */
export function serveReplace(exchange: Exchange): void {
  withMember(exchange, (id) => {
    withBody(exchange, REPLACE, ({ id: by, ...address }) => ({ type: 'replace', id, by, address }));
  });
}

export function serveQuorums(exchange: Exchange): void {
  withBody(exchange, QUORUMS, (quorums) => ({ type: 'quorums', quorums }));
}

function withMember(exchange: Exchange, done: (id: ReplicaId) => void): void {
  const id = parseWhole(exchange.target.rest);
  if (id !== undefined && id >= 1 && id <= MAX_ID) return done(id);
  const detail = `the id of a replica is a whole number from 1 to ${MAX_ID}`;
  exchange.refuse(new Problem('invalid_parameter', detail, { extra: { parameter: 'id' } }));
}

type Order = Pick<typeof REMOVE, 'query'>;

function withoutBody(exchange: Exchange, { query }: Order, order: MembershipOrder): void {
  const dryRun = dryRunOf(exchange, query);
  if (dryRun === undefined || refusesBody(exchange) || redirects(exchange)) return;
  give(exchange, order, dryRun);
}

function withBody<Schema extends z.ZodType>(
  exchange: Exchange,
  { body, query }: Order & { readonly body: { readonly schema: Schema } },
  orderOf: (json: z.infer<Schema>) => MembershipOrder,
): void {
  const dryRun = dryRunOf(exchange, query);
  if (dryRun === undefined || redirects(exchange)) return;
  readJson(exchange, body.schema, (json) => give(exchange, orderOf(json), dryRun));
}

/** `undefined`: the request was refused. */
function dryRunOf(exchange: Exchange, table: Order['query']): boolean | undefined {
  const { context, target } = exchange;
  const query = parseQuery(target.query, table, context.limits);
  const dryRun = query instanceof Problem ? query : query.flag('dryRun');
  if (!(dryRun instanceof Problem)) return dryRun;
  exchange.refuse(dryRun);
  return undefined;
}

function give(exchange: Exchange, order: MembershipOrder, dryRun: boolean): void {
  exchange.context.replica.order(order, dryRun, (outcome) => answer(exchange, order, outcome));
}

/** 202 where a replica has still to catch up before it votes. */
function answer(exchange: Exchange, order: MembershipOrder, outcome: OrderOutcome): void {
  const { revision } = exchange.context.replica.store;
  switch (outcome.type) {
    case 'planned':
      return exchange.answerJson(200, revision, jsonReport(outcome.report, true));
    case 'changed': {
      const goesOn = order.type === 'add' || order.type === 'replace';
      return exchange.answerJson(goesOn ? 202 : 200, revision, jsonReport(outcome.report, false));
    }
    case 'refused':
      return exchange.refuse(new Problem('membership_refused', outcome.reason));
    case 'notApplied':
      return exchange.refuse(notDone(outcome.reason));
    case 'unknown':
      return exchange.refuse(unknownOutcome(outcome.reason));
    default:
      return unreachable(outcome);
  }
}

function jsonReport({ after, before, epoch, warnings }: ChangeReport, dryRun: boolean): string {
  return JSON.stringify({ dryRun, epoch, before, after, warnings });
}
