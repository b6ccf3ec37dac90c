/** Which methods each path takes, and what serves them. */
import { serveBackup } from './backup-route.ts';
import { serveCluster, serveLeaderTransfer } from './cluster-routes.ts';
import { serveDelete, serveDeleteRange } from './delete-routes.ts';
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
}

export const ROUTES: readonly Route[] = [
  { path: '/v1/kv/{key}', method: 'GET', serve: serveGet },
  { path: '/v1/kv/{key}', method: 'HEAD', serve: serveGet },
  { path: '/v1/kv/{key}', method: 'PUT', serve: servePut },
  { path: '/v1/kv/{key}', method: 'DELETE', serve: serveDelete },
  { path: '/v1/kv/{key}', method: 'POST', serve: serveIncrement },
  ...reading('/v1/kv', serveList),
  { path: '/v1/kv', method: 'DELETE', serve: serveDeleteRange },
  { path: '/v1/txn', method: 'POST', serve: serveTransaction },
  { path: '/v1/leases', method: 'POST', serve: serveGrant },
  ...reading('/v1/leases', serveLeases),
  ...reading('/v1/leases/{id}', serveLease),
  { path: '/v1/leases/{id}', method: 'DELETE', serve: serveRevoke },
  { path: '/v1/leases/{id}/keepalive', method: 'POST', serve: serveRenew },
  ...reading('/v1/locks/{name}', serveLock),
  { path: '/v1/locks/{name}', method: 'POST', serve: serveAcquire },
  { path: '/v1/locks/{name}', method: 'DELETE', serve: serveRelease },
  { path: '/v1/locks/{name}/keepalive', method: 'POST', serve: serveLockRenew },
  ...reading('/v1/history/{key}', serveHistory),
  { path: '/v1/watch', method: 'GET', serve: serveWatch },
  { path: '/v1/events', method: 'GET', serve: serveEvents },
  ...reading('/v1/cluster', serveCluster),
  { path: '/v1/cluster/leader', method: 'POST', serve: ordering(serveLeaderTransfer) },
  { path: '/v1/cluster/quorums', method: 'PUT', serve: ordering(serveQuorums) },
  { path: '/v1/cluster/members', method: 'POST', serve: ordering(serveAdd) },
  { path: '/v1/cluster/members/{id}', method: 'PUT', serve: ordering(serveMove) },
  { path: '/v1/cluster/members/{id}', method: 'DELETE', serve: ordering(serveRemove) },
  { path: '/v1/cluster/members/{id}/promote', method: 'POST', serve: ordering(servePromote) },
  { path: '/v1/cluster/members/{id}/replace', method: 'POST', serve: ordering(serveReplace) },
  { path: '/v1/snapshot', method: 'GET', serve: serveBackup },
  ...reading('/v1/log', serveLog),
  ...reading('/v1/log/{slot}', serveSlot),
  ...reading('/v1/limits', serveLimits),
  ...reading('/livez', serveLivez),
  ...reading('/readyz', serveReadyz),
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
function ordering(serve: Serve): Serve {
  return (exchange) => {
    const { fence, idempotencyKey } = exchange.fields;
    if (fence !== undefined) exchange.refuse(notSupported('Fence'));
    else if (idempotencyKey !== undefined) exchange.refuse(notSupported('Idempotency-Key'));
    else serve(exchange);
  };
}

function reading(path: RoutePath, serve: Serve): readonly Route[] {
  return [
    { path, method: 'GET', serve },
    { path, method: 'HEAD', serve },
  ];
}
