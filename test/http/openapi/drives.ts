/**
 * How each status that the document names is brought about, for each route. Most are the same for all
 * routes; the others stand by the name of the operation. A status that nobody can bring about is an
 * error here: whoever documents a new one says how it comes to be.
 */
// oxlint-disable no-thenable -- the name is the API's, and none of these objects is awaited
import type { HttpLimits } from '../../../src/http/limits.ts';
import { exampleTarget } from '../../../src/http/openapi/requests.ts';
import type { Route } from '../../../src/http/routes.ts';
import type { LifetimeWish } from '../../../src/kv/lifetime.ts';
import type { ChangeReport } from '../../../src/paxos/orders.ts';
import type { Backup } from '../../../src/replica/api.ts';
import type { MemoryReplica } from '../memory-replica.ts';

export interface Drive {
  readonly limits?: Partial<HttpLimits>;
  /** Before the request: the state that it meets. */
  prepare?(replica: MemoryReplica): void;
  /** In place of the example's. */
  readonly query?: string;
  readonly rest?: string;
  readonly body?: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** Of the body; more than there is: the rest never comes. */
  readonly length?: number;
  /** The same request comes first, without this parameter. */
  readonly afterIts?: string;
}

const QUORUM = {
  voters: [1, 2, 3],
  nonVoting: [],
  quorums: { phase1: 2, phase2: 2 },
  reachable: [1, 2, 3],
  tolerates: 1,
};
const REPORT: ChangeReport = { epoch: 2, before: QUORUM, after: QUORUM, warnings: [] };

function put(replica: MemoryReplica, key: string, text: string, lifetime?: LifetimeWish): void {
  const operation = {
    ...({ type: 'put', key, value: Buffer.from(text), prev: false } as const),
    contentType: 'text/plain',
    ...(lifetime === undefined ? {} : { lifetime }),
  };
  replica.write(operation, { deadlineMs: 1000 }, () => {});
}

const greeting = (replica: MemoryReplica): void => put(replica, 'greeting', 'hello');
const twice = (replica: MemoryReplica): void => {
  greeting(replica);
  greeting(replica);
};
function granted(replica: MemoryReplica): void {
  replica.write({ type: 'leaseGrant', ttlMs: 10_000 }, { deadlineMs: 1000 }, () => {});
}

/** With a key, so that the disk is read to tell of it. */
const leased = (replica: MemoryReplica): void => {
  granted(replica);
  put(replica, 'greeting', 'hello', { type: 'lease', lease: 1 });
};
/** By fence 1. */
const locked = (replica: MemoryReplica): void => {
  const operation = { type: 'lockAcquire', name: 'jobs', ttlMs: 10_000, waitMs: 0 } as const;
  replica.write(operation, { deadlineMs: 1000 }, () => {});
};
/** All history is gone, of this revision too. */
const forgotten = (replica: MemoryReplica): void => {
  leased(replica);
  replica.store.oldestRevision = 99;
};

/** What happened before revision 2 is gone. */
const compacted = (replica: MemoryReplica): void => {
  twice(replica);
  replica.store.oldestRevision = 2;
  replica.oldestSlot = 2;
};
const ordered = (replica: MemoryReplica): void => {
  replica.orderOutcome = { type: 'changed', report: REPORT };
};
const planned = (replica: MemoryReplica): void => {
  replica.orderOutcome = { type: 'planned', report: REPORT };
};
/** What is read from the disk cannot be read. */
const broken = (replica: MemoryReplica): void => {
  const error = new Error('the disk is gone');
  const page = { type: 'ahead', revision: 0 } as const;
  replica.store.page = (_, done) => done(error, page);
  replica.store.keyHistory = (_, done) => done(error, { entries: [], more: false });
  replica.logEntries = (_, done) => done({ type: 'failed' });
};

/** An empty one. */
const backedUp = (replica: MemoryReplica): void => {
  const backup: Backup = {
    clusterId: '0123456789abcdef0123456789abcdef',
    slot: 7,
    next: (done) => done(undefined, undefined),
    close: () => {},
  };
  replica.backupOutcome = { type: 'backup', backup };
};

/** So that what an operator asks for is done. */
export function arrangeAll(replica: MemoryReplica): void {
  planned(replica);
  backedUp(replica);
}

const TOO_MANY_FIELDS = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`f${at}`, 'x']));

const OF_ANY: Readonly<Record<number, Drive>> = {
  307: {
    fields: { Prefer: 'redirect' },
    prepare: (replica) => {
      replica.leaderId = 2;
    },
  },
  400: { query: '?no-such-parameter' },
  408: { limits: { headersMs: 100, receiveMs: 100 }, length: 100, body: '{' },
  412: { fields: { Fence: 'jobs=999' } },
  413: { length: 1_000_000_000, body: '' },
  415: { fields: { 'Content-Encoding': 'gzip' } },
  417: { fields: { Expect: 'wonders' } },
  422: { fields: { 'Idempotency-Key': 'once' }, afterIts: 'timeout=4s' },
  431: { fields: TOO_MANY_FIELDS },
  500: { prepare: broken },
  503: { limits: { inFlightRequests: 0 } },
  504: {
    prepare: (replica) => {
      replica.plannedWrites.push({ type: 'unknown', reason: 'deadline' });
      replica.orderOutcome = { type: 'unknown', reason: 'steppedDown' };
    },
  },
  507: {
    prepare: (replica) => {
      replica.plannedWrites.push({ type: 'notApplied', reason: 'diskFull' });
    },
  },
};

const ORDER: Readonly<Record<number, Drive>> = {
  200: { prepare: planned },
  409: {},
};
/** One that goes on behind its answer. */
const BEGINNING: Readonly<Record<number, Drive>> = {
  ...ORDER,
  202: { prepare: ordered, query: '' },
};

const OF_OPERATION: Readonly<Record<string, Readonly<Record<number, Drive>>>> = {
  putKey: { 200: { prepare: greeting }, 201: {}, 404: { query: '?lease=999' } },
  getKey: {
    200: { prepare: greeting },
    304: { prepare: greeting, fields: { 'If-None-Match': '"1"' } },
    404: { rest: 'absent' },
    410: { prepare: compacted, query: '?revision=1' },
    412: { fields: { 'If-Match': '"999"' } },
    500: {
      query: '?revision=1',
      prepare: (replica) => {
        greeting(replica);
        broken(replica);
      },
    },
  },
  deleteKey: { 200: { prepare: greeting }, 404: { rest: 'absent' } },
  incrementKey: { 200: {}, 409: { prepare: (replica) => put(replica, 'visits', 'many') } },
  keyHistory: { 200: { prepare: twice }, 404: { rest: 'absent' } },
  listKeys: { 200: { prepare: twice }, 410: { prepare: compacted, query: '?revision=1' } },
  deleteRange: {
    200: { prepare: greeting },
    413: {
      query: '?prefix=&all',
      prepare: (replica) => {
        for (let at = 0; at < 101; at += 1) put(replica, `key ${at}`, '');
      },
    },
  },
  transact: {
    200: {},
    409: { prepare: (replica) => put(replica, 'visits', 'many') },
    404: { body: '{"then":[{"op":"put","key":"a","value":"","lease":"999"}]}' },
    412: { body: '{"if":[{"key":"absent","exists":true}],"then":[]}' },
  },
  watch: { 200: { prepare: twice }, 410: { prepare: compacted, query: '?prefix=&since=1' } },
  grantLease: { 201: {} },
  listLeases: { 200: { prepare: leased }, 410: { prepare: forgotten } },
  getLease: {
    200: { prepare: leased },
    404: {},
    410: { prepare: forgotten },
    500: {
      prepare: (replica) => {
        leased(replica);
        broken(replica);
      },
    },
  },
  renewLease: { 200: { prepare: granted }, 404: {} },
  revokeLease: { 200: { prepare: leased }, 404: {} },
  acquireLock: { 201: {}, 409: { prepare: locked, body: '{"ttl":"10s"}' } },
  getLock: { 200: { prepare: locked }, 404: {} },
  renewLock: { 200: { prepare: locked } },
  releaseLock: { 200: { prepare: locked } },
  events: { 200: {} },
  cluster: { 200: {} },
  transferLeadership: { 200: {}, 409: { body: '{"to":3}' } },
  setQuorums: ORDER,
  addMember: BEGINNING,
  moveMember: ORDER,
  removeMember: ORDER,
  promoteMember: ORDER,
  replaceMember: BEGINNING,
  backup: {
    200: { prepare: backedUp },
  },
  readLog: { 200: { prepare: twice }, 410: { prepare: compacted } },
  readSlot: { 200: { prepare: greeting }, 404: { rest: '999' }, 410: { prepare: compacted } },
  limits: { 200: {} },
  livez: { 200: {} },
  metrics: { 200: {} },
  readyz: {
    200: {},
    503: {
      prepare: (replica) => {
        replica.ready = false;
      },
    },
  },
  openapi: { 200: {} },
  docs: { 200: {} },
};

/** Throws where nobody knows how. */
export function driveOf({ operation }: Route, status: number): Drive {
  const drive = OF_OPERATION[operation.id]?.[status] ?? OF_ANY[status];
  if (drive === undefined) throw new Error(`how is ${operation.id} brought to answer ${status}?`);
  return drive;
}

/** The request as bytes: the example of the operation, but for what the drive changes. */
export function requestOf({ method, operation, path }: Route, drive: Drive, isFirst = false) {
  const { example } = operation;
  const { rest = example.rest ?? '', body = example.body ?? '' } = drive;
  let query = drive.query ?? example.query ?? '';
  if (drive.afterIts !== undefined && !isFirst) {
    query += `${query === '' ? '?' : '&'}${drive.afterIts}`;
  }
  const target = exampleTarget(path, { rest, query });
  const length = drive.length ?? Buffer.byteLength(body);
  const fields = { Host: 'a', ...example.fields, ...drive.fields };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const framed = length === 0 ? '' : `Content-Length: ${length}\r\n`;
  const bytes = `${method} ${target} HTTP/1.1\r\n${lines.join('')}${framed}\r\n${body}`;
  return { target, bytes };
}
