/**
 * An operator's order of the membership, from the replica that was asked to the leader, and what
 * became of it. The outcome is what the replica's own code makes of it: it is shown, not used, so
 * that its words are bounded and not looked into.
 */
import { MAX_MEMBERS } from '../paxos/membership.ts';
import { MAX_ORDER_MS, MAX_REASON_CHARS, MAX_REPLICA_ID, MAX_WARNINGS } from './limits.ts';
import {
  type Address,
  type ChangeReport,
  type MembershipOrder,
  ORDER_NOT_DONE,
  type OrderOutcome,
  type OrderRequest,
  type QuorumReport,
} from '../paxos/orders.ts';
import { parseClientUrl, parsePeerUrl, parseQuorums } from './proposal-json.ts';
import type { PullKind } from './pull.ts';
import { ORDER_PATH } from './routes.ts';
import {
  exactFields,
  flag,
  type Fields,
  hex128,
  integer,
  list,
  refuse,
  text,
  typeOf,
} from './shape.ts';

const TYPE = 'order';

export const ORDER: PullKind<OrderRequest, OrderOutcome> = {
  path: ORDER_PATH,
  type: TYPE,
  encodeRequest: (nonce, { order, dryRun, remainingMs }) =>
    JSON.stringify({ type: TYPE, nonce, order, dryRun, remainingMs: Math.floor(remainingMs) }),
  parseRequest(value) {
    if (typeOf(value) !== TYPE) refuse('not an order');
    const fields = exactFields(value, ['type', 'nonce', 'order', 'dryRun', 'remainingMs']);
    const request = {
      order: parseOrder(fields['order']),
      dryRun: flag(fields['dryRun']),
      remainingMs: integer(fields.remainingMs, 0, MAX_ORDER_MS),
    };
    return { nonce: hex128(fields.nonce), request };
  },
  encodeAnswer: (nonce, outcome) =>
    JSON.stringify({ type: TYPE, nonce, outcome: withShortReason(outcome) }),
  parseAnswer(value, nonce) {
    const fields = exactFields(value, ['type', 'nonce', 'outcome']);
    if (fields.type !== TYPE) refuse('not the answer to an order');
    if (fields.nonce !== nonce) refuse('the answer to another request');
    return parseOutcome(fields['outcome']);
  },
};

function withShortReason(outcome: OrderOutcome): OrderOutcome {
  if (outcome.type !== 'refused') return outcome;
  return { ...outcome, reason: outcome.reason.slice(0, MAX_REASON_CHARS) };
}

function parseOrder(value: unknown): MembershipOrder {
  const type = typeOf(value);
  switch (type) {
    case 'add': {
      const fields = exactFields(value, ['type', 'id', 'address', 'role']);
      const { role } = fields;
      if (role !== 'joining' && role !== 'nonVoting') return refuse('an unknown role');
      return { type, id: idOf(fields.id), address: parseAddress(fields['address']), role };
    }
    case 'remove':
    case 'promote':
      return { type, id: idOf(exactFields(value, ['type', 'id']).id) };
    case 'replace': {
      const fields = exactFields(value, ['type', 'id', 'by', 'address']);
      const address = parseAddress(fields['address']);
      return { type, id: idOf(fields.id), by: idOf(fields['by']), address };
    }
    case 'readmit': {
      const fields = exactFields(value, ['type', 'id', 'from', 'to']);
      return { type, id: idOf(fields.id), from: hex128(fields['from']), to: hex128(fields['to']) };
    }
    case 'move': {
      const fields = exactFields(value, ['type', 'id', 'address']);
      return { type, id: idOf(fields.id), address: parseAddress(fields['address']) };
    }
    case 'quorums':
      return { type, quorums: parseQuorums(exactFields(value, ['type', 'quorums'])['quorums']) };
    default:
      return refuse('an unknown order');
  }
}

function idOf(value: unknown): number {
  return integer(value, 1, MAX_REPLICA_ID);
}

function parseAddress(value: unknown): Address {
  const { peerUrl, clientUrl } = exactFields(value, ['peerUrl', 'clientUrl']);
  return { peerUrl: parsePeerUrl(peerUrl), clientUrl: parseClientUrl(clientUrl) };
}

function parseOutcome(value: unknown): OrderOutcome {
  const type = typeOf(value);
  switch (type) {
    case 'planned':
    case 'changed':
      return { type, report: parseReport(exactFields(value, ['type', 'report'])['report']) };
    case 'refused':
      return { type, reason: reasonOf(exactFields(value, ['type', 'reason'])) };
    case 'notApplied': {
      const said = reasonOf(exactFields(value, ['type', 'reason']));
      const reason = ORDER_NOT_DONE.find((known) => known === said);
      return reason === undefined ? refuse('an unknown reason') : { type, reason };
    }
    case 'unknown': {
      const reason = reasonOf(exactFields(value, ['type', 'reason']));
      if (reason !== 'deadline' && reason !== 'steppedDown') return refuse('an unknown reason');
      return { type, reason };
    }
    default:
      return refuse('an outcome of an unknown type');
  }
}

function reasonOf(fields: Fields): string {
  return text(fields.reason, MAX_REASON_CHARS);
}

function parseReport(value: unknown): ChangeReport {
  const fields = exactFields(value, ['epoch', 'before', 'after', 'warnings']);
  return {
    epoch: integer(fields.epoch, 1),
    before: parseQuorumReport(fields['before']),
    after: parseQuorumReport(fields['after']),
    warnings: list(fields['warnings'], MAX_WARNINGS, (warning) => text(warning, MAX_REASON_CHARS)),
  };
}

function parseQuorumReport(value: unknown): QuorumReport {
  const names = ['voters', 'nonVoting', 'quorums', 'reachable', 'tolerates'];
  const fields = exactFields(value, names);
  return {
    voters: list(fields['voters'], MAX_MEMBERS, idOf),
    nonVoting: list(fields['nonVoting'], MAX_MEMBERS, idOf),
    quorums: parseQuorums(fields['quorums']),
    reachable: list(fields['reachable'], MAX_MEMBERS, idOf),
    tolerates: integer(fields['tolerates'], 0, MAX_MEMBERS),
  };
}
