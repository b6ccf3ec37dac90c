/** `GET /v1/cluster`, and `POST /v1/cluster/leader` that hands leadership over. */
import { readBody, refusesBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { notDone } from './outcome.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';
import { redirects } from './redirect.ts';
import type { ReplicaStatus, TransferOutcome } from '../replica/api.ts';
import { parseJson, type JsonValue } from './strict-json.ts';
import { unreachable } from '../kv/unreachable.ts';
import type { ReplicaId } from '../paxos/ballot.ts';

const NO_PARAMETERS: ReadonlySet<string> = new Set();
const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i;

/** As this replica sees the cluster; it asks nobody. */
export function serveCluster(exchange: Exchange): void {
  if (refusesQuery(exchange) || refusesBody(exchange)) return;
  const { context } = exchange;
  const status = context.replica.status();
  exchange.answerJson(200, status.revision, jsonStatus(status, context.leaderUrl));
}

function jsonStatus(status: ReplicaStatus, leaderUrl: string | undefined): string {
  const { clusterId, epoch, leader, members, replicaId, role, ballot } = status;
  return JSON.stringify({
    clusterId: clusterId ?? null,
    epoch,
    leader: leader ?? null,
    leaderUrl: leaderUrl ?? null,
    replica: replicaId,
    role,
    ballot,
    ready: status.ready,
    reasons: status.reasons,
    warnings: status.warnings,
    chosenUpTo: status.chosenUpTo,
    appliedUpTo: status.appliedUpTo,
    revision: status.revision,
    members,
  });
}

export function serveLeaderTransfer(exchange: Exchange): void {
  if (refusesQuery(exchange)) return;
  const { context, fields } = exchange;
  if (fields.contentType === undefined || !JSON_TYPE.test(fields.contentType)) {
    exchange.refuse(new Problem('unsupported_media_type', 'send application/json'));
    return;
  }
  if (redirects(exchange)) return;
  const { limits, replica } = context;
  readBody(exchange, { name: 'jsonBytes', maxBytes: limits.jsonBytes }, (body) => {
    const json = parseJson(body, limits);
    const to = json instanceof Problem ? json : parseSuccessor(json, replica.status());
    if (to instanceof Problem) exchange.refuse(to);
    else replica.transferLeadership(to, (outcome) => answerTransfer(exchange, outcome));
  });
}

function parseSuccessor(json: JsonValue, status: ReplicaStatus): ReplicaId | Problem {
  if (!(json instanceof Map)) return invalidJson('an object {"to":REPLICA} is expected');
  for (const name of json.keys()) {
    if (name !== 'to') return invalidJson('the only member is "to"');
  }
  const to: JsonValue | undefined = json.get('to');
  if (typeof to !== 'number' || !Number.isSafeInteger(to) || to < 1) {
    return invalidJson('"to" is the id of a replica, a whole number from 1');
  }
  const successor = status.members.find((member) => member.id === to);
  if (successor === undefined) {
    return new Problem('transfer_refused', `replica ${to} is no member of the cluster`);
  }
  if (successor.role === 'suspect') {
    return new Problem('transfer_refused', `replica ${to} is suspect, and does not vote`);
  }
  return to;
}

function invalidJson(detail: string): Problem {
  return new Problem('invalid_json', detail);
}

function answerTransfer(exchange: Exchange, outcome: TransferOutcome): void {
  switch (outcome.type) {
    case 'transferred': {
      const json = JSON.stringify({ leader: outcome.leader });
      exchange.answerJson(200, exchange.context.replica.store.revision, json);
      return;
    }
    case 'refused':
      exchange.refuse(new Problem('transfer_refused', outcome.reason));
      return;
    case 'notApplied':
      exchange.refuse(notDone(outcome.reason));
      return;
    default:
      unreachable(outcome);
  }
}

function refusesQuery(exchange: Exchange): boolean {
  const { context, target } = exchange;
  const query = parseQuery(target.query, NO_PARAMETERS, context.limits.queryParameters);
  if (!(query instanceof Problem)) return false;
  exchange.refuse(query);
  return true;
}
