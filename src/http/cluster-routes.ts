/** `GET /v1/cluster`, and `POST /v1/cluster/leader` that hands leadership over. */
import { refusesBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { readJson } from './json-body.ts';
import { notDone } from './outcome.ts';
import { CLUSTER, TRANSFER } from './operations/cluster.ts';
import type { Parameters } from './parameters.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';
import { redirects } from './prefer.ts';
import type { ReplicaStatus, TransferOutcome } from '../replica/api.ts';
import { unreachable } from '../kv/unreachable.ts';
import type { ReplicaId } from '../paxos/ballot.ts';

/** As this replica sees the cluster; it asks nobody. */
export function serveCluster(exchange: Exchange): void {
  if (refusesQuery(exchange, CLUSTER.query) || refusesBody(exchange)) return;
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
    floor: status.floor,
    transfers: status.transfers,
    members,
  });
}

export function serveLeaderTransfer(exchange: Exchange): void {
  if (refusesQuery(exchange, TRANSFER.query)) return;
  const { replica } = exchange.context;
  if (redirects(exchange)) return;
  readJson(exchange, TRANSFER.body.schema, ({ to }) => {
    const refusal = refuseSuccessor(to, replica.status());
    if (refusal !== undefined) exchange.refuse(refusal);
    else replica.transferLeadership(to, (outcome) => answerTransfer(exchange, outcome));
  });
}

function refuseSuccessor(to: ReplicaId, status: ReplicaStatus): Problem | undefined {
  const successor = status.members.find((member) => member.id === to);
  if (successor === undefined) {
    return new Problem('transfer_refused', `replica ${to} is no member of the cluster`);
  }
  if (successor.role === 'suspect') {
    return new Problem('transfer_refused', `replica ${to} is suspect, and does not vote`);
  }
  return undefined;
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

function refusesQuery(exchange: Exchange, table: Parameters): boolean {
  const { context, target } = exchange;
  const query = parseQuery(target.query, table, context.limits);
  if (!(query instanceof Problem)) return false;
  exchange.refuse(query);
  return true;
}
