/**
 * Changes of who belongs to the cluster and how many decide. Any replica takes them; the leader
 * plans, checks and answers. `?dryRun` tells what would decide before and after, and does nothing.
 */
import { unreachable } from '../kv/unreachable.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import { isClientUrl, isPeerUrl } from '../paxos/member-url.ts';
import type { Address, ChangeReport, MembershipOrder, OrderOutcome } from '../paxos/orders.ts';
import { refusesBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { invalidJson, type JsonObject, readJsonObject } from './json-body.ts';
import { parseWhole } from './number.ts';
import { notDone, unknownOutcome } from './outcome.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';
import { redirects } from './prefer.ts';

const PARAMETERS: ReadonlySet<string> = new Set(['dryRun']);
const MAX_ID = 65_535;
const MAX_QUORUM = 64;
const ADDRESS = ['peerUrl', 'clientUrl'];

/** `{"id":4,"peerUrl":"http://..","clientUrl":"http://.."}`; `"role":"nonVoting"`: it stays so. */
export function serveAdd(exchange: Exchange): void {
  const shape = { required: ['id', ...ADDRESS], optional: ['role'] };
  withBody(exchange, shape, (json) => {
    const id = idOf(json.get('id'));
    const address = addressOf(json);
    const role = json.get('role') ?? 'voter';
    if (id instanceof Problem) return id;
    if (address instanceof Problem) return address;
    if (role !== 'voter' && role !== 'nonVoting') {
      return invalidJson('"role" is "voter" or "nonVoting"');
    }
    return { type: 'add', id, address, role: role === 'voter' ? 'joining' : role };
  });
}

/** The new address of a member: `{"peerUrl":..,"clientUrl":..}`. */
export function serveMove(exchange: Exchange): void {
  withMember(exchange, (id) => {
    withBody(exchange, { required: ADDRESS }, (json) => {
      const address = addressOf(json);
      return address instanceof Problem ? address : { type: 'move', id, address };
    });
  });
}

export function serveRemove(exchange: Exchange): void {
  withMember(exchange, (id) => withoutBody(exchange, { type: 'remove', id }));
}

export function servePromote(exchange: Exchange): void {
  withMember(exchange, (id) => withoutBody(exchange, { type: 'promote', id }));
}

/** `{"id":..,"peerUrl":..,"clientUrl":..}` of the one that takes its place. */
export function serveReplace(exchange: Exchange): void {
  withMember(exchange, (id) => {
    withBody(exchange, { required: ['id', ...ADDRESS] }, (json) => {
      const by = idOf(json.get('id'));
      const address = addressOf(json);
      if (by instanceof Problem) return by;
      return address instanceof Problem ? address : { type: 'replace', id, by, address };
    });
  });
}

/** `{"phase1":..,"phase2":..}`. */
export function serveQuorums(exchange: Exchange): void {
  withBody(exchange, { required: ['phase1', 'phase2'] }, (json) => {
    const phase1 = wholeOf(json.get('phase1'), MAX_QUORUM);
    const phase2 = wholeOf(json.get('phase2'), MAX_QUORUM);
    if (phase1 === undefined || phase2 === undefined) {
      return invalidJson(`"phase1" and "phase2" are whole numbers from 1 to ${MAX_QUORUM}`);
    }
    return { type: 'quorums', quorums: { phase1, phase2 } };
  });
}

function withMember(exchange: Exchange, done: (id: ReplicaId) => void): void {
  const id = parseWhole(exchange.target.rest);
  if (id !== undefined && id >= 1 && id <= MAX_ID) return done(id);
  const detail = `the id of a replica is a whole number from 1 to ${MAX_ID}`;
  exchange.refuse(new Problem('invalid_parameter', detail, { extra: { parameter: 'id' } }));
}

function withoutBody(exchange: Exchange, order: MembershipOrder): void {
  const dryRun = dryRunOf(exchange);
  if (dryRun === undefined || refusesBody(exchange) || redirects(exchange)) return;
  give(exchange, order, dryRun);
}

function withBody(
  exchange: Exchange,
  shape: { readonly required: readonly string[]; readonly optional?: readonly string[] },
  orderOf: (json: JsonObject) => MembershipOrder | Problem,
): void {
  const dryRun = dryRunOf(exchange);
  if (dryRun === undefined || redirects(exchange)) return;
  readJsonObject(exchange, shape, (json) => {
    const order = orderOf(json);
    if (order instanceof Problem) exchange.refuse(order);
    else give(exchange, order, dryRun);
  });
}

/** `undefined`: the request was refused. */
function dryRunOf(exchange: Exchange): boolean | undefined {
  const { context, target } = exchange;
  const query = parseQuery(target.query, PARAMETERS, context.limits.queryParameters);
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

function idOf(value: JsonObject extends ReadonlyMap<string, infer V> ? V | undefined : never) {
  const id = wholeOf(value, MAX_ID);
  return id ?? invalidJson(`"id" is the id of a replica, a whole number from 1 to ${MAX_ID}`);
}

function wholeOf(value: unknown, max: number): number | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
  return value >= 1 && value <= max ? value : undefined;
}

function addressOf(json: JsonObject): Address | Problem {
  const peerUrl = json.get('peerUrl');
  const clientUrl = json.get('clientUrl');
  if (typeof peerUrl !== 'string' || !isPeerUrl(peerUrl)) {
    return invalidJson('"peerUrl" is where peers reach the replica, such as http://10.0.0.4:7601');
  }
  if (typeof clientUrl !== 'string' || !isClientUrl(clientUrl)) {
    return invalidJson('"clientUrl" is where clients reach it, such as http://10.0.0.4:7600');
  }
  return { peerUrl, clientUrl };
}
