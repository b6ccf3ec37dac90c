/** Leases of clients, which keys live by. */
import type { Operation } from '../operation.ts';
import { CURSOR, type Parameter, READ_PARAMETERS, WRITE_PARAMETERS } from '../parameters.ts';
import { GrantLease, Lease, LeasePage, LeaseRenewed, LeaseRevoked } from '../schemas/leases.ts';
import { OF_JSON, OF_NO_BODY, OF_READ, OF_WRITE } from './problem-groups.ts';

const READ_FIELDS = ['Max-Staleness', 'Min-Revision', 'Prefer'] as const;
const WRITE_FIELDS = ['Fence', 'Idempotency-Key', 'Prefer'] as const;

const LIMIT = {
  type: 'whole',
  min: 1,
  max: 'leaseItems',
  about: 'How many leases one answer has at most; `leaseItems` where it is absent.',
} as const satisfies Parameter;

export const GRANT = {
  id: 'grantLease',
  tag: 'Leases',
  summary: 'Get a lease',
  about:
    'It ends where it is not renewed for its `ttl`, by cluster time, and the keys that were put on ' +
    'it (`?lease=ID`) go with it. It passes also where the disks are full.',
  query: WRITE_PARAMETERS,
  fields: WRITE_FIELDS,
  body: { type: 'json', schema: GrantLease, limit: 'jsonBytes' },
  answers: {
    201: {
      about: 'The lease.',
      fields: ['Location'],
      content: { 'application/json': { type: 'json', schema: Lease } },
    },
  },
  problems: [...OF_WRITE, ...OF_JSON, 'too_many_leases'],
  example: { fields: { 'Content-Type': 'application/json' }, body: '{"ttl":"10s"}' },
} as const satisfies Operation;

export const LEASES = {
  id: 'listLeases',
  tag: 'Leases',
  summary: 'List leases',
  about: 'With their keys, page by page at one revision.',
  query: { limit: LIMIT, cursor: CURSOR, ...READ_PARAMETERS },
  fields: READ_FIELDS,
  answers: {
    200: {
      about: 'One page.',
      fields: ['Synod-Consistency'],
      optionalFields: ['Synod-Staleness'],
      content: { 'application/json': { type: 'json', schema: LeasePage } },
    },
  },
  problems: [...OF_READ, 'invalid_cursor', 'compacted', 'internal'],
  example: { query: '?limit=100' },
} as const satisfies Operation;

export const LEASE = {
  id: 'getLease',
  tag: 'Leases',
  summary: 'One lease',
  about: 'What is left of it, and its keys.',
  query: READ_PARAMETERS,
  fields: READ_FIELDS,
  answers: {
    200: {
      about: 'The lease.',
      fields: ['Synod-Consistency'],
      optionalFields: ['Synod-Staleness'],
      content: { 'application/json': { type: 'json', schema: Lease } },
    },
  },
  problems: [...OF_READ, 'lease_expired', 'compacted', 'internal'],
  problemFields: { 404: ['Synod-Consistency', 'Synod-Staleness'] },
  example: { rest: '1' },
} as const satisfies Operation;

export const RENEW = {
  id: 'renewLease',
  tag: 'Leases',
  summary: 'Renew a lease',
  about: 'It lives for its whole time again.',
  query: WRITE_PARAMETERS,
  fields: WRITE_FIELDS,
  answers: {
    200: {
      about: 'It is renewed.',
      content: { 'application/json': { type: 'json', schema: LeaseRenewed } },
    },
  },
  problems: [...OF_WRITE, ...OF_NO_BODY, 'lease_expired'],
  example: { rest: '1' },
} as const satisfies Operation;

export const REVOKE = {
  id: 'revokeLease',
  tag: 'Leases',
  summary: 'End a lease',
  about: 'Its keys are deleted with it, and a lock that is held by it is free.',
  query: WRITE_PARAMETERS,
  fields: WRITE_FIELDS,
  answers: {
    200: {
      about: 'It has ended.',
      content: { 'application/json': { type: 'json', schema: LeaseRevoked } },
    },
  },
  problems: [...OF_WRITE, ...OF_NO_BODY, 'lease_expired'],
  example: { rest: '1' },
} as const satisfies Operation;
