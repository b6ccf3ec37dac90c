/** Locks, and the fences that tell one holder from those before. */
import type { Operation } from '../operation.ts';
import { READ_PARAMETERS, WRITE_PARAMETERS } from '../parameters.ts';
import { AcquireLock, Lock, LockAcquired, LockReleased, LockRenewed } from '../schemas/leases.ts';
import { OF_JSON, OF_KEY, OF_NO_BODY, OF_READ, OF_WRITE } from './problem-groups.ts';

const WRITE_FIELDS = ['Fence', 'Idempotency-Key', 'Prefer'] as const;

export const ACQUIRE = {
  id: 'acquireLock',
  tag: 'Locks',
  summary: 'Get a lock',
  about:
    'Who gets it gets a fence: a number that is higher for each holder than for all before. Writes ' +
    'that bear it (`Fence: NAME=N`) are done only while it is current. With `wait`, those who wait ' +
    'get it in the order in which they came.',
  query: WRITE_PARAMETERS,
  fields: WRITE_FIELDS,
  body: { type: 'json', schema: AcquireLock, limit: 'jsonBytes' },
  answers: {
    201: {
      about: 'It is held, by a lease: it is renewed, or it goes on to the next.',
      content: { 'application/json': { type: 'json', schema: LockAcquired } },
    },
  },
  problems: [...OF_WRITE, ...OF_KEY, ...OF_JSON, 'lock_held', 'lock_queue_full', 'too_many_leases'],
  problemFields: { 409: ['Retry-After'] },
  example: {
    rest: 'jobs',
    fields: { 'Content-Type': 'application/json' },
    body: '{"ttl":"10s","wait":"30s"}',
  },
} as const satisfies Operation;

export const LOCK = {
  id: 'getLock',
  tag: 'Locks',
  summary: 'Who holds a lock',
  about: 'Its fence, and what is left of its lease.',
  query: READ_PARAMETERS,
  fields: ['Max-Staleness', 'Min-Revision', 'Prefer'],
  answers: {
    200: {
      about: 'It is held.',
      fields: ['Synod-Consistency'],
      optionalFields: ['Synod-Staleness'],
      content: { 'application/json': { type: 'json', schema: Lock } },
    },
  },
  problems: [...OF_READ, ...OF_KEY, 'lock_free'],
  problemFields: { 404: ['Synod-Consistency', 'Synod-Staleness'] },
  example: { rest: 'jobs' },
} as const satisfies Operation;

export const LOCK_RENEW = {
  id: 'renewLock',
  tag: 'Locks',
  summary: 'Renew a lock',
  about: 'It needs the fence of this lock, and is held for the whole time of its lease again.',
  query: WRITE_PARAMETERS,
  fields: WRITE_FIELDS,
  answers: {
    200: {
      about: 'It is renewed.',
      content: { 'application/json': { type: 'json', schema: LockRenewed } },
    },
  },
  problems: [...OF_WRITE, ...OF_KEY, ...OF_NO_BODY],
  example: { rest: 'jobs', fields: { Fence: 'jobs=1' } },
} as const satisfies Operation;

export const RELEASE = {
  id: 'releaseLock',
  tag: 'Locks',
  summary: 'Give a lock back',
  about: 'It needs the fence of this lock. Who has waited longest gets it next.',
  query: WRITE_PARAMETERS,
  fields: WRITE_FIELDS,
  answers: {
    200: {
      about: 'It is free, or that of the next.',
      content: { 'application/json': { type: 'json', schema: LockReleased } },
    },
  },
  problems: [...OF_WRITE, ...OF_KEY, ...OF_NO_BODY],
  example: { rest: 'jobs', fields: { Fence: 'jobs=1' } },
} as const satisfies Operation;
