/** Watches and histories that are not asked for as they may be. */
import {
  BAD_BODY,
  BAD_KEY,
  BAD_PARAMETER,
  NO_METHOD,
  REPEATED_PARAMETER,
  UNKNOWN_PARAMETER,
  get,
  request,
  type BadInputCase,
} from './bad-input-case.ts';

type Expected = Omit<BadInputCase, 'name' | 'bytes'>;

const TOO_LONG: Expected = { status: 400, code: 'key_too_long' };
const FUTURE: Expected = { status: 400, code: 'future_revision' };
const BAD_CURSOR: Expected = { status: 400, code: 'invalid_cursor' };

function watch(name: string, query: string, expected: Expected): BadInputCase {
  return { name: `watch: ${name}`, bytes: get(`/v1/watch${query}`), ...expected };
}

function history(name: string, target: string, expected: Expected): BadInputCase {
  return { name: `history: ${name}`, bytes: get(`/v1/history/${target}`), ...expected };
}

export function watchCases(): readonly BadInputCase[] {
  return [
    watch('of nothing', '', BAD_PARAMETER),
    watch('of nothing, since 0', '?since=0', BAD_PARAMETER),
    watch('of a key and a prefix', '?key=a&prefix=b', BAD_PARAMETER),
    watch('of an empty key', '?key=', BAD_PARAMETER),
    watch('of a key that is too long', `?key=${'k'.repeat(1025)}`, TOO_LONG),
    watch('of a prefix that is too long', `?prefix=${'k'.repeat(1025)}`, TOO_LONG),
    watch('of a key of no UTF-8', '?key=%FF', BAD_PARAMETER),
    watch('key twice', '?key=a&key=b', REPEATED_PARAMETER),
    watch('since twice', '?key=a&since=0&since=0', REPEATED_PARAMETER),
    ...['', '-1', '1.5', 'now', '1e3', '0x0', '01', '9007199254740993'].map((since) =>
      watch(`since ${since}`, `?key=a&since=${since}`, BAD_PARAMETER),
    ),
    watch('since the future', '?key=a&since=9007199254740991', FUTURE),
    watch('prev that is no flag', '?key=a&prev=1', BAD_PARAMETER),
    watch('level that is none', '?key=a&consistency=eventual', BAD_PARAMETER),
    watch('timeout that is none', '?key=a&timeout=1', BAD_PARAMETER),
    watch('unknown parameter', '?key=a&revision=1', UNKNOWN_PARAMETER),
    watch('start and end', '?start=a&end=b', UNKNOWN_PARAMETER),
    {
      name: 'watch: with a body',
      bytes: get('/v1/watch?prefix=', 'Content-Length: 1\r\n') + 'x',
      ...BAD_BODY,
    },
    ...['POST', 'PUT', 'DELETE'].map((method) => ({
      name: `watch: ${method}`,
      bytes: request(`${method} /v1/watch?prefix=`),
      ...NO_METHOD,
    })),
    history('of no key', '', BAD_KEY),
    history('of a key of no UTF-8', '%FF', BAD_KEY),
    history('of a key with a cut percent', '%4', BAD_KEY),
    history('of a key that is too long', 'k'.repeat(1025), TOO_LONG),
    history('limit 0', 'a?limit=0', BAD_PARAMETER),
    history('limit of a billion', 'a?limit=1000000000', BAD_PARAMETER),
    history('limit that is no number', 'a?limit=ten', BAD_PARAMETER),
    history('cursor that is none', 'a?cursor=x', BAD_CURSOR),
    history('empty cursor', 'a?cursor=', BAD_CURSOR),
    history('cursor twice', 'a?cursor=a&cursor=b', REPEATED_PARAMETER),
    history('revision', 'a?revision=1', UNKNOWN_PARAMETER),
    { name: 'history: DELETE', bytes: request('DELETE /v1/history/a'), ...NO_METHOD },
  ];
}
