/** Which methods each path takes, what serves them, and what they take and answer. */
import { serveBackup } from './backup-route.ts';
import { serveCluster, serveLeaderTransfer } from './cluster-routes.ts';
import { serveDelete, serveDeleteRange } from './delete-routes.ts';
import { serveDocs, serveOpenApi } from './docs-routes.ts';
import { serveEvents } from './events-route.ts';
import type { Exchange } from './exchange.ts';
import { notSupported } from './fields.ts';
import { serveGet } from './get-route.ts';
import { serveHistory } from './history-route.ts';
import { serveIncrement } from './increment-route.ts';
import { serveGrant, serveLease, serveLeases, serveRenew, serveRevoke } from './lease-routes.ts';
import { serveList } from './list-route.ts';
import { serveAcquire, serveLock, serveLockRenew, serveRelease } from './lock-routes.ts';
import { serveLog, serveSlot } from './log-routes.ts';
import {
  serveAdd,
  serveMove,
  servePromote,
  serveQuorums,
  serveRemove,
  serveReplace,
} from './member-routes.ts';
import type { Operation } from './operation.ts';
import {
  ADD,
  CLUSTER,
  MOVE,
  PROMOTE,
  QUORUMS,
  REMOVE,
  REPLACE,
  TRANSFER,
} from './operations/cluster.ts';
import { DELETE, GET, HISTORY, INCREMENT, PUT } from './operations/keys.ts';
import { GRANT, LEASE, LEASES, RENEW, REVOKE } from './operations/leases.ts';
import { ACQUIRE, LOCK, LOCK_RENEW, RELEASE } from './operations/locks.ts';
import { BACKUP, LOG, SLOT } from './operations/log.ts';
import { DELETE_RANGE, LIST, TRANSACT, WATCH } from './operations/ranges.ts';
import { DOCS, EVENTS, LIMITS, LIVEZ, METRICS, OPENAPI, READYZ } from './operations/server.ts';
import { serveMetrics } from './metrics-route.ts';
import { serveLimits, serveLivez, serveReadyz } from './probe-routes.ts';
import { servePut } from './put-route.ts';
import type { RoutePath } from './target.ts';
import { serveTransaction } from './transaction-route.ts';
import { serveWatch } from './watch-route.ts';

export type Serve = (exchange: Exchange) => void;
export type Method = 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'POST';

export interface Route {
  readonly path: RoutePath;
  readonly method: Method;
  readonly serve: Serve;
  /** What it takes and answers: what its parser reads, and what `/openapi.json` says. */
  readonly operation: Operation;
}

export const ROUTES: readonly Route[] = [
  ...reading('/v1/kv/{key}', serveGet, GET),
  { path: '/v1/kv/{key}', method: 'PUT', serve: servePut, operation: PUT },
  { path: '/v1/kv/{key}', method: 'DELETE', serve: serveDelete, operation: DELETE },
  { path: '/v1/kv/{key}', method: 'POST', serve: serveIncrement, operation: INCREMENT },
  ...reading('/v1/kv', serveList, LIST),
  { path: '/v1/kv', method: 'DELETE', serve: serveDeleteRange, operation: DELETE_RANGE },
  { path: '/v1/txn', method: 'POST', serve: serveTransaction, operation: TRANSACT },
  { path: '/v1/leases', method: 'POST', serve: serveGrant, operation: GRANT },
  ...reading('/v1/leases', serveLeases, LEASES),
  ...reading('/v1/leases/{id}', serveLease, LEASE),
  { path: '/v1/leases/{id}', method: 'DELETE', serve: serveRevoke, operation: REVOKE },
  { path: '/v1/leases/{id}/keepalive', method: 'POST', serve: serveRenew, operation: RENEW },
  { path: '/v1/locks/{name}', method: 'POST', serve: serveAcquire, operation: ACQUIRE },
  ...reading('/v1/locks/{name}', serveLock, LOCK),
  { path: '/v1/locks/{name}', method: 'DELETE', serve: serveRelease, operation: RELEASE },
  {
    path: '/v1/locks/{name}/keepalive',
    method: 'POST',
    serve: serveLockRenew,
    operation: LOCK_RENEW,
  },
  ...reading('/v1/history/{key}', serveHistory, HISTORY),
  { path: '/v1/watch', method: 'GET', serve: serveWatch, operation: WATCH },
  { path: '/v1/events', method: 'GET', serve: serveEvents, operation: EVENTS },
  ...reading('/v1/cluster', serveCluster, CLUSTER),
  ordering('/v1/cluster/leader', 'POST', serveLeaderTransfer, TRANSFER),
  ordering('/v1/cluster/quorums', 'PUT', serveQuorums, QUORUMS),
  ordering('/v1/cluster/members', 'POST', serveAdd, ADD),
  ordering('/v1/cluster/members/{id}', 'PUT', serveMove, MOVE),
  ordering('/v1/cluster/members/{id}', 'DELETE', serveRemove, REMOVE),
  ordering('/v1/cluster/members/{id}/promote', 'POST', servePromote, PROMOTE),
  ordering('/v1/cluster/members/{id}/replace', 'POST', serveReplace, REPLACE),
  { path: '/v1/snapshot', method: 'GET', serve: serveBackup, operation: BACKUP },
  ...reading('/v1/log', serveLog, LOG),
  ...reading('/v1/log/{slot}', serveSlot, SLOT),
  ...reading('/v1/limits', serveLimits, LIMITS),
  ...reading('/livez', serveLivez, LIVEZ),
  ...reading('/readyz', serveReadyz, READYZ),
  ...reading('/metrics', serveMetrics, METRICS),
  ...reading('/openapi.json', serveOpenApi, OPENAPI),
  ...reading('/docs', serveDocs, DOCS),
];

const METHODS: ReadonlyMap<RoutePath, readonly string[]> = new Map(
  ROUTES.map(({ path }) => [
    path,
    ROUTES.filter((route) => route.path === path).map((route) => route.method),
  ]),
);

export function allowedMethods(path: RoutePath): readonly string[] {
  return METHODS.get(path) ?? [];
}

/** An order of the cluster is no command of the store: what only those bear is not passed over silently. */
function ordering(path: RoutePath, method: Method, order: Serve, operation: Operation): Route {
  const serve = (exchange: Exchange): void => {
    const { fence, idempotencyKey } = exchange.fields;
    if (fence !== undefined) exchange.refuse(notSupported('Fence'));
    else if (idempotencyKey !== undefined) exchange.refuse(notSupported('Idempotency-Key'));
    else order(exchange);
  };
  return { path, method, serve, operation };
}

function reading(path: RoutePath, serve: Serve, operation: Operation): readonly Route[] {
  return [
    { path, method: 'GET', serve, operation },
    { path, method: 'HEAD', serve, operation },
  ];
}
