/** Which methods each path takes, what serves them, and what they take and answer. */
import { serveBackup } from './backup-route.ts';
import { serveCluster, serveLeaderTransfer } from './cluster-routes.ts';
import { serveDelete, serveDeleteRange } from './delete-routes.ts';
import { serveDocs, serveOpenApi } from './docs-routes.ts';
import type { Exchange } from './exchange.ts';
import { serveGet } from './get-route.ts';
import { serveHistory } from './history-route.ts';
import { serveIncrement } from './increment-route.ts';
import { serveList } from './list-route.ts';
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
import { BACKUP, LOG, SLOT } from './operations/log.ts';
import { DELETE_RANGE, LIST, TRANSACT, WATCH } from './operations/ranges.ts';
import { DOCS, LIMITS, LIVEZ, OPENAPI, READYZ } from './operations/server.ts';
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
  ...reading('/v1/history/{key}', serveHistory, HISTORY),
  { path: '/v1/watch', method: 'GET', serve: serveWatch, operation: WATCH },
  ...reading('/v1/cluster', serveCluster, CLUSTER),
  { path: '/v1/cluster/leader', method: 'POST', serve: serveLeaderTransfer, operation: TRANSFER },
  { path: '/v1/cluster/quorums', method: 'PUT', serve: serveQuorums, operation: QUORUMS },
  { path: '/v1/cluster/members', method: 'POST', serve: serveAdd, operation: ADD },
  { path: '/v1/cluster/members/{id}', method: 'PUT', serve: serveMove, operation: MOVE },
  { path: '/v1/cluster/members/{id}', method: 'DELETE', serve: serveRemove, operation: REMOVE },
  {
    path: '/v1/cluster/members/{id}/promote',
    method: 'POST',
    serve: servePromote,
    operation: PROMOTE,
  },
  {
    path: '/v1/cluster/members/{id}/replace',
    method: 'POST',
    serve: serveReplace,
    operation: REPLACE,
  },
  { path: '/v1/snapshot', method: 'GET', serve: serveBackup, operation: BACKUP },
  ...reading('/v1/log', serveLog, LOG),
  ...reading('/v1/log/{slot}', serveSlot, SLOT),
  ...reading('/v1/limits', serveLimits, LIMITS),
  ...reading('/livez', serveLivez, LIVEZ),
  ...reading('/readyz', serveReadyz, READYZ),
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

function reading(path: RoutePath, serve: Serve, operation: Operation): readonly Route[] {
  return [
    { path, method: 'GET', serve, operation },
    { path, method: 'HEAD', serve, operation },
  ];
}
