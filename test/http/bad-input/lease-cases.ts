/** Leases, locks, fences and times to live that are not asked for as they may be. */
import {
  BAD_BODY,
  BAD_HEADER,
  BAD_JSON,
  BAD_KEY,
  BAD_PARAMETER,
  MEDIA_TYPE,
  NO_METHOD,
  NO_ROUTE,
  UNKNOWN_PARAMETER,
  type BadInputCase,
  del,
  get,
  post,
  put,
  request,
} from './bad-input-case.ts';

type Expected = Omit<BadInputCase, 'name' | 'bytes'>;

const NO_LEASE = { status: 404, code: 'lease_expired' } as const;
const BAD_CURSOR = { status: 400, code: 'invalid_cursor' } as const;

function send(line: string, body: string, type = 'application/json'): string {
  const fields = `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  return request(line, fields, Buffer.from(body).toString('latin1'));
}

function lease(name: string, body: string, expected: Expected = BAD_JSON): BadInputCase {
  return { name: `lease: ${name}`, bytes: send('POST /v1/leases', body), ...expected };
}

function lock(name: string, body: string, expected: Expected = BAD_JSON): BadInputCase {
  return { name: `lock: ${name}`, bytes: send('POST /v1/locks/bad', body), ...expected };
}

function fence(name: string, value: string): BadInputCase {
  const bytes = put('/v1/kv/bad', `Fence: ${value}\r\n`);
  return { name: `fence: ${name}`, bytes, ...BAD_HEADER };
}

function ttl(name: string, query: string): BadInputCase {
  return { name: `time to live: ${name}`, bytes: put(`/v1/kv/bad?${query}`), ...BAD_PARAMETER };
}

export function leaseCases(): readonly BadInputCase[] {
  return [...ofLeases(), ...ofLocks(), ...ofFences(), ...ofTimes()];
}

function ofLeases(): readonly BadInputCase[] {
  return [
    lease('without a time', '{}'),
    lease('a bare number', '{"ttl":10}'),
    lease('a number in quotes', '{"ttl":"10"}'),
    lease('of 0', '{"ttl":"0s"}'),
    lease('below 0', '{"ttl":"-1s"}'),
    lease('of half a second', '{"ttl":"0.5s"}'),
    lease('in days', '{"ttl":"1d"}'),
    lease('longer than ten years', '{"ttl":"99999h"}'),
    lease('with an id', '{"ttl":"1s","id":"7"}'),
    lease('ttl twice', '{"ttl":"1s","ttl":"2s"}'),
    lease('a list', '[]'),
    lease('no JSON', 'ttl=10s'),
    {
      name: 'lease: as a form',
      bytes: send('POST /v1/leases', 'ttl=10s', 'application/x-www-form-urlencoded'),
      ...MEDIA_TYPE,
    },
    { name: 'lease: ttl in the query', bytes: post('/v1/leases?ttl=1s'), ...UNKNOWN_PARAMETER },
    { name: 'lease: that never was', bytes: get('/v1/leases/999999'), ...NO_LEASE },
    { name: 'lease: a name', bytes: get('/v1/leases/mine'), ...NO_LEASE },
    { name: 'lease: 0', bytes: del('/v1/leases/0'), ...NO_LEASE },
    { name: 'lease: beyond numbers', bytes: get('/v1/leases/99999999999999999'), ...NO_LEASE },
    { name: 'lease: empty', bytes: get('/v1/leases/'), ...NO_ROUTE },
    { name: 'lease: put', bytes: put('/v1/leases/1'), ...NO_METHOD },
    { name: 'lease: renewed by put', bytes: put('/v1/leases/1/keepalive'), ...NO_METHOD },
    {
      name: 'lease: renewed with a body',
      bytes: post('/v1/leases/1/keepalive', '{}'),
      ...BAD_BODY,
    },
    { name: 'lease: deeper', bytes: post('/v1/leases/1/keepalive/1'), ...NO_ROUTE },
    { name: 'leases: 0 of them', bytes: get('/v1/leases?limit=0'), ...BAD_PARAMETER },
    { name: 'leases: with a prefix', bytes: get('/v1/leases?prefix=a'), ...UNKNOWN_PARAMETER },
    { name: 'leases: a made-up cursor', bytes: get('/v1/leases?cursor=abc'), ...BAD_CURSOR },
  ];
}

function ofLocks(): readonly BadInputCase[] {
  return [
    lock('without a time', '{}'),
    lock('a bare number', '{"ttl":10}'),
    lock('of 0', '{"ttl":"0ms"}'),
    lock('a wait that is a number', '{"ttl":"1s","wait":5}'),
    lock('a wait below 0', '{"ttl":"1s","wait":"-5s"}'),
    lock('a wait that is null', '{"ttl":"1s","wait":null}'),
    lock('an owner', '{"ttl":"1s","owner":"me"}'),
    lock('__proto__', '{"ttl":"1s","__proto__":{}}'),
    { name: 'lock: without a body', bytes: post('/v1/locks/bad'), ...MEDIA_TYPE },
    { name: 'lock: empty name', bytes: send('POST /v1/locks/', '{"ttl":"1s"}'), ...BAD_KEY },
    { name: 'lock: without a name', bytes: send('POST /v1/locks', '{"ttl":"1s"}'), ...NO_ROUTE },
    {
      name: 'lock: half a percent sign',
      bytes: send('POST /v1/locks/a%2', '{"ttl":"1s"}'),
      ...BAD_KEY,
    },
    {
      name: 'lock: a name too long',
      bytes: send(`POST /v1/locks/${'n'.repeat(1025)}`, '{"ttl":"1s"}'),
      status: 400,
      code: 'key_too_long',
    },
    { name: 'lock: put', bytes: put('/v1/locks/bad'), ...NO_METHOD },
    { name: 'lock: given back without a fence', bytes: del('/v1/locks/bad'), ...BAD_HEADER },
    {
      name: 'lock: given back with another fence',
      bytes: del('/v1/locks/bad', 'Fence: other=1\r\n'),
      ...BAD_HEADER,
    },
    {
      name: 'lock: given back that nobody holds',
      bytes: del('/v1/locks/bad', 'Fence: bad=1\r\n'),
      status: 412,
      code: 'stale_fence',
      writes: 1,
    },
    {
      name: 'lock: renewed without a fence',
      bytes: post('/v1/locks/bad/keepalive'),
      ...BAD_HEADER,
    },
    {
      name: 'lock: that nobody holds',
      bytes: get('/v1/locks/bad'),
      status: 404,
      code: 'lock_free',
    },
  ];
}

function ofFences(): readonly BadInputCase[] {
  return [
    fence('without a number', 'l'),
    fence('with an empty number', 'l='),
    fence('without a name', '=1'),
    fence('a number alone', '1'),
    fence('below 0', 'l=-1'),
    fence('in hexadecimal', 'l=0x1'),
    fence('beyond numbers', 'l=99999999999999999'),
    fence('half a percent sign', 'a%2=1'),
    fence('a name that is no UTF-8', '%ff=1'),
    fence('a name too long', `${'n'.repeat(1025)}=1`),
    {
      name: 'fence: twice',
      bytes: put('/v1/kv/bad', 'Fence: l=1\r\nFence: l=1\r\n'),
      ...BAD_HEADER,
    },
    { name: 'fence: on a read', bytes: get('/v1/kv/bad', 'Fence: l=1\r\n'), ...BAD_HEADER },
    {
      name: 'fence: that the lock never gave',
      bytes: put('/v1/kv/bad', 'Fence: l=1\r\n'),
      status: 412,
      code: 'stale_fence',
      writes: 1,
    },
    {
      name: 'fence: on an order of the membership',
      bytes: del('/v1/cluster/members/2', 'Fence: l=1\r\n'),
      status: 400,
      code: 'not_supported',
    },
    {
      name: 'Idempotency-Key on an order of the membership',
      bytes: del('/v1/cluster/members/2', 'Idempotency-Key: a\r\n'),
      status: 400,
      code: 'not_supported',
    },
  ];
}

function ofTimes(): readonly BadInputCase[] {
  return [
    ttl('a bare number', 'ttl=30'),
    ttl('0', 'ttl=0s'),
    ttl('empty', 'ttl='),
    ttl('below 0', 'ttl=-1s'),
    ttl('with a fraction', 'ttl=1.5s'),
    ttl('too long', 'ttl=99999h'),
    ttl('and a lease', 'ttl=30s&lease=1'),
    ttl('a lease that is a name', 'lease=mine'),
    ttl('lease 0', 'lease=0'),
    ttl('an empty lease', 'lease='),
    { name: 'time to live: of a get', bytes: get('/v1/kv/bad?ttl=1s'), ...UNKNOWN_PARAMETER },
    { name: 'time to live: of a delete', bytes: del('/v1/kv/bad?ttl=1s'), ...UNKNOWN_PARAMETER },
    {
      name: 'time to live: of an increment',
      bytes: post('/v1/kv/bad?incr=1&ttl=1s'),
      ...UNKNOWN_PARAMETER,
    },
    {
      name: 'time to live: on a lease that never was',
      bytes: put('/v1/kv/bad?lease=999999'),
      ...NO_LEASE,
      writes: 1,
    },
  ];
}
