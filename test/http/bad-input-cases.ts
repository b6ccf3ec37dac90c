/**
 * What a hostile or a careless client may send, each with the answer that it must get. The table
 * knows nothing of the server behind the port: it runs against a memory replica and against a real
 * cluster. Bytes are written as they stand, one a character.
 */
import { sendRaw, type RawAnswer } from './raw-client.ts';

export interface BadInputCase {
  readonly name: string;
  readonly bytes: string;
  /** Ends the sending side behind the bytes: what was announced never comes. */
  readonly halfClose?: boolean;
  readonly isHead?: boolean;
  readonly status: number;
  /** Of the problem. Cases of a status below 400 have none. */
  readonly code?: string;
  /** How many slots it uses: odd input that is good, after all. */
  readonly writes?: number;
  /** A header field that the answer must have. */
  readonly field?: readonly [name: string, value: string];
}

const HOST = 'Host: a\r\n';

function request(line: string, fields = '', body = ''): string {
  return `${line} HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
}

function put(path: string, fields = '', body = 'v'): string {
  return request(`PUT ${path}`, `${fields}Content-Length: ${body.length}\r\n`, body);
}

function putRaw(fields: string, body = ''): string {
  return `PUT /v1/kv/bad HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
}

function chunked(body: string, encoding = 'chunked'): string {
  return putRaw(`Transfer-Encoding: ${encoding}\r\n`, body);
}

function get(path: string, fields = ''): string {
  return request(`GET ${path}`, fields);
}

function del(path: string, fields = ''): string {
  return request(`DELETE ${path}`, fields);
}

function lead(body: string, type = 'application/json'): string {
  const typeField = type === '' ? '' : `Content-Type: ${type}\r\n`;
  const bytes = Buffer.from(body, 'latin1').length;
  return request('POST /v1/cluster/leader', `${typeField}Content-Length: ${bytes}\r\n`, body);
}

const BAD = { status: 400 } as const;
const MALFORMED = { status: 400, code: 'malformed_request' } as const;
const BAD_JSON = { status: 400, code: 'invalid_json' } as const;
const BAD_KEY = { status: 400, code: 'invalid_key' } as const;
const BAD_PARAMETER = { status: 400, code: 'invalid_parameter' } as const;
const UNKNOWN_PARAMETER = { status: 400, code: 'unknown_parameter' } as const;
const REPEATED_PARAMETER = { status: 400, code: 'repeated_parameter' } as const;
const NOT_SUPPORTED = { status: 400, code: 'not_supported' } as const;
const BAD_HEADER = { status: 400, code: 'invalid_header' } as const;
const BAD_CONDITION = { status: 400, code: 'invalid_condition' } as const;
const VERSION = { status: 400, code: 'http_version' } as const;
const BAD_HOST = { status: 400, code: 'invalid_host' } as const;
const BAD_BODY = { status: 400, code: 'invalid_body' } as const;
const NO_ROUTE = { status: 404, code: 'route_not_found' } as const;
const TOO_LARGE = { status: 413, code: 'value_too_large' } as const;
const NO_METHOD = { status: 405, code: 'method_not_allowed' } as const;
const MEDIA_TYPE = { status: 415, code: 'unsupported_media_type' } as const;
const CREATED = { status: 201, writes: 1 } as const;

const KEY_LIMIT = 'k'.repeat(1024);
const NFC = '%C3%A9';
const NFD = 'e%CC%81';

/** `start` makes the keys of one run its own, so that a run on a used store finds them absent. */
export function casesOf(start: string): readonly BadInputCase[] {
  return [...keyCases(start), ...queryCases(), ...headerCases(), ...frameCases(), ...jsonCases()];
}

export const cases = casesOf('bad-input');

function keyCases(start: string): readonly BadInputCase[] {
  const odd = (name: string, rest: string): BadInputCase => ({
    name: `key ${name}`,
    bytes: put(`/v1/kv/${start}${rest}`),
    ...CREATED,
  });
  return [
    { name: 'empty key', bytes: put('/v1/kv/'), ...BAD_KEY },
    { name: 'get of the empty key', bytes: get('/v1/kv/'), ...BAD_KEY },
    { name: 'put without a key', bytes: put('/v1/kv'), ...NO_METHOD },
    {
      name: 'key over the limit',
      bytes: put(`/v1/kv/${KEY_LIMIT}k`),
      status: 400,
      code: 'key_too_long',
    },
    {
      name: 'key over the limit, percent-encoded',
      bytes: put(`/v1/kv/${'%61'.repeat(1025)}`),
      status: 400,
      code: 'key_too_long',
    },
    {
      name: 'key of 8 KiB',
      bytes: get(`/v1/kv/${'k'.repeat(8192)}`),
      status: 400,
      code: 'key_too_long',
    },
    { name: 'cut percent', bytes: put('/v1/kv/a%'), ...BAD_KEY },
    { name: 'cut percent with a digit', bytes: put('/v1/kv/a%4'), ...BAD_KEY },
    { name: 'percent without digits', bytes: put('/v1/kv/a%zz'), ...BAD_KEY },
    { name: 'percent with a sign', bytes: put('/v1/kv/a%+1'), ...BAD_KEY },
    { name: 'key of no UTF-8', bytes: put('/v1/kv/%FF'), ...BAD_KEY },
    { name: 'key of cut UTF-8', bytes: put('/v1/kv/a%C3'), ...BAD_KEY },
    { name: 'key of overlong UTF-8', bytes: put('/v1/kv/%C0%AF'), ...BAD_KEY },
    { name: 'key of a lone surrogate', bytes: put('/v1/kv/%ED%A0%80'), ...BAD_KEY },
    { name: 'key beyond Unicode', bytes: put('/v1/kv/%F5%80%80%80'), ...BAD_KEY },
    { name: 'raw bytes in the target', bytes: get('/v1/kv/\xc3\xbc'), ...MALFORMED },
    {
      name: 'fragment in the target',
      bytes: get('/v1/kv/a#b'),
      status: 400,
      code: 'invalid_target',
    },
    { name: 'tab in the target', bytes: get('/v1/kv/a\tb'), ...BAD },
    { name: 'space in the target', bytes: get('/v1/kv/a b'), ...BAD },
    { name: 'NUL in the target', bytes: get('/v1/kv/a\0b'), ...MALFORMED },
    { name: 'newline in the target', bytes: get('/v1/kv/a\nb'), ...BAD },
    { name: 'dot segments out of the API', bytes: get('/v1/../v1/kv/a'), ...NO_ROUTE },
    { name: 'encoded route', bytes: get('/v1%2Fkv/a'), ...NO_ROUTE },
    { name: 'doubled slash before the route', bytes: get('//v1/kv/a'), ...NO_ROUTE },
    { name: 'another letter case of the route', bytes: get('/V1/kv/a'), ...NO_ROUTE },
    { name: 'trailing slash of a route', bytes: get('/v1/cluster/'), ...NO_ROUTE },
    { name: 'the peers route', bytes: request('POST /paxos/v1/messages'), ...NO_ROUTE },
    { name: 'metrics', bytes: get('/metrics'), ...NO_ROUTE },
    { name: 'root', bytes: get('/'), ...NO_ROUTE },
    {
      name: 'another key, although dots lead to the first',
      bytes: get(`/v1/kv/${start}-x/../${start}-dots`),
      status: 404,
      code: 'key_not_found',
    },
    odd('of a dot', '/.'),
    odd('of two dots', '/..'),
    odd('with dot segments', '/a/../b'),
    odd('with encoded dot segments', '/%2e%2e%2f'),
    odd('with NUL', '%00'),
    odd('with an encoded slash', '%2Fslash'),
    odd('encoded twice', '%2525'),
    odd('with a trailing slash', '/trailing/'),
    odd('with a doubled slash', '//double'),
    odd('with control characters', '%01%1b%7f'),
    odd('written right to left', '%E2%80%AE'),
    odd('in NFC', NFC),
    odd('in NFD', NFD),
    odd('of four bytes a character', '%F0%9F%98%80'),
    odd('with quote and backslash', '%22%5C'),
    odd('of markup', '%3Cimg%20onerror%3D1%3E'),
    odd('__proto__', '/__proto__'),
    odd('constructor', '/constructor'),
    odd('prototype', '/prototype'),
    odd('toString', '/toString'),
    odd('hasOwnProperty', '/hasOwnProperty'),
    odd('length', '/length'),
    odd('$ref', '/$ref'),
    odd('with a plus', '+plus'),
    odd('at the limit', `-${'k'.repeat(1023 - start.length)}`),
  ];
}

function queryCases(): readonly BadInputCase[] {
  const list = (name: string, query: string, expected: Omit<BadInputCase, 'name' | 'bytes'>) => ({
    name,
    bytes: get(`/v1/kv?${query}`),
    ...expected,
  });
  return [
    { name: 'unknown parameter of a put', bytes: put('/v1/kv/bad?prv'), ...UNKNOWN_PARAMETER },
    { name: 'token as a parameter', bytes: get('/v1/kv/a?access_token=s'), ...UNKNOWN_PARAMETER },
    { name: 'list parameter on a get', bytes: get('/v1/kv/a?prefix=b'), ...UNKNOWN_PARAMETER },
    {
      name: 'read level on a put',
      bytes: put('/v1/kv/bad?consistency=local'),
      ...UNKNOWN_PARAMETER,
    },
    { name: 'parameter twice', bytes: get('/v1/kv/a?meta&meta'), ...REPEATED_PARAMETER },
    list('prefix twice', 'prefix=1&prefix=2', REPEATED_PARAMETER),
    list('prefix twice, once encoded', 'prefix=1&%70refix=2', REPEATED_PARAMETER),
    list('array parameter', 'prefix[]=1', UNKNOWN_PARAMETER),
    list('polluting parameter', 'prefix[__proto__]=1', UNKNOWN_PARAMETER),
    list('__proto__ parameter', '__proto__=1', UNKNOWN_PARAMETER),
    list('constructor parameter', 'constructor=1', UNKNOWN_PARAMETER),
    list('empty parameter', 'prefix=a&', UNKNOWN_PARAMETER),
    list('too many parameters', 'a&'.repeat(40), BAD_PARAMETER),
    list('cut percent in a parameter', 'prefix=%4', BAD_PARAMETER),
    list('prefix of no UTF-8', 'prefix=%FF', BAD_PARAMETER),
    list('prefix over the limit', `prefix=${'p'.repeat(1025)}`, {
      status: 400,
      code: 'key_too_long',
    }),
    list('limit 0', 'limit=0', BAD_PARAMETER),
    list('limit -1', 'limit=-1', BAD_PARAMETER),
    list('limit 1e9', 'limit=1e9', BAD_PARAMETER),
    list('limit of a billion', 'limit=1000000000', BAD_PARAMETER),
    list('limit +1', 'limit=%2B1', BAD_PARAMETER),
    list('limit 1.0', 'limit=1.0', BAD_PARAMETER),
    list('limit 0x10', 'limit=0x10', BAD_PARAMETER),
    list('limit 1_000', 'limit=1_000', BAD_PARAMETER),
    list('limit in other digits', 'limit=%D9%A1', BAD_PARAMETER),
    list('limit NaN', 'limit=NaN', BAD_PARAMETER),
    list('limit with a space', 'limit=1+', BAD_PARAMETER),
    list('limit empty', 'limit=', BAD_PARAMETER),
    list('limit beyond 2^53', 'limit=9007199254740993', BAD_PARAMETER),
    list('start after end', 'start=b&end=a', BAD_PARAMETER),
    list('empty delimiter', 'delimiter=', BAD_PARAMETER),
    list('count with limit', 'count&limit=1', BAD_PARAMETER),
    list('count with keys', 'count&keys', BAD_PARAMETER),
    list('flag with a word', 'keys=yes', BAD_PARAMETER),
    list('made-up cursor', 'cursor=abc', { status: 400, code: 'invalid_cursor' }),
    list('cursor of no base64', 'cursor=%22%22', { status: 400, code: 'invalid_cursor' }),
    list('very long cursor', `cursor=${'A'.repeat(10_000)}`, {
      status: 400,
      code: 'invalid_cursor',
    }),
    list('read level that is none', 'consistency=strong', BAD_PARAMETER),
    list('revision', 'revision=1', NOT_SUPPORTED),
    { name: 'ttl', bytes: put('/v1/kv/bad?ttl=30s'), ...NOT_SUPPORTED },
    { name: 'ttl and lease', bytes: put('/v1/kv/bad?ttl=30s&lease=1'), ...NOT_SUPPORTED },
    { name: 'key64', bytes: put('/v1/kv/bad?key64=AA'), ...NOT_SUPPORTED },
    { name: 'trace', bytes: put('/v1/kv/bad?trace'), ...NOT_SUPPORTED },
    { name: 'timeout without a unit', bytes: put('/v1/kv/bad?timeout=5'), ...BAD_PARAMETER },
    { name: 'timeout of 0', bytes: put('/v1/kv/bad?timeout=0ms'), ...BAD_PARAMETER },
    { name: 'timeout below 0', bytes: put('/v1/kv/bad?timeout=-1s'), ...BAD_PARAMETER },
    { name: 'timeout of a part', bytes: put('/v1/kv/bad?timeout=1.5s'), ...BAD_PARAMETER },
    { name: 'timeout of 1e18', bytes: put('/v1/kv/bad?timeout=1e18s'), ...BAD_PARAMETER },
    {
      name: 'incr',
      bytes: request('POST /v1/kv/bad?incr=1', 'Content-Length: 0\r\n'),
      ...NO_METHOD,
    },
    { name: 'delete of everything by mistake', bytes: del('/v1/kv'), ...BAD_PARAMETER },
    { name: 'delete of an empty prefix', bytes: del('/v1/kv?prefix='), ...BAD_PARAMETER },
    { name: 'delete of all without a prefix', bytes: del('/v1/kv?all'), ...BAD_PARAMETER },
    { name: 'delete of a prefix and all', bytes: del('/v1/kv?prefix=a&all'), ...BAD_PARAMETER },
    {
      name: 'delete of a range on a condition',
      bytes: del('/v1/kv?prefix=a', 'If-Match: "1"\r\n'),
      ...BAD_CONDITION,
    },
    { name: 'slot 0', bytes: get('/v1/log/0'), ...BAD_PARAMETER },
    { name: 'slot -1', bytes: get('/v1/log/-1'), ...BAD_PARAMETER },
    { name: 'slot of a word', bytes: get('/v1/log/abc'), ...BAD_PARAMETER },
    { name: 'slot 2^53', bytes: get('/v1/log/9007199254740992'), ...BAD_PARAMETER },
    {
      name: 'a slot that is not there yet',
      bytes: get('/v1/log/9007199254740991'),
      status: 404,
      code: 'slot_not_found',
    },
    { name: 'log backwards', bytes: get('/v1/log?from=5&to=4'), ...BAD_PARAMETER },
    { name: 'probe with a parameter', bytes: get('/livez?x'), ...UNKNOWN_PARAMETER },
  ];
}

function headerCases(): readonly BadInputCase[] {
  return [
    { name: 'no Host', bytes: 'GET /livez HTTP/1.1\r\n\r\n', ...BAD_HOST },
    { name: 'empty Host', bytes: 'GET /livez HTTP/1.1\r\nHost:\r\n\r\n', ...BAD_HOST },
    { name: 'Host twice', bytes: get('/livez', 'Host: b\r\n'), ...BAD_HOST },
    { name: 'Host that is none', bytes: 'GET /livez HTTP/1.1\r\nHost: a/b@c\r\n\r\n', ...BAD_HOST },
    { name: 'Host: evil', bytes: 'GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n', status: 200 },
    {
      name: 'gzip body',
      bytes: put('/v1/kv/bad', 'Content-Encoding: gzip\r\n'),
      status: 415,
      code: 'content_encoding',
    },
    {
      name: 'br body',
      bytes: put('/v1/kv/bad', 'Content-Encoding: br\r\n'),
      status: 415,
      code: 'content_encoding',
    },
    {
      name: 'identity body',
      bytes: put('/v1/kv/bad', 'Content-Encoding: identity\r\n'),
      status: 415,
      code: 'content_encoding',
    },
    {
      name: 'Idempotency-Key',
      bytes: put('/v1/kv/bad', 'Idempotency-Key: a\r\n'),
      ...NOT_SUPPORTED,
    },
    { name: 'Fence', bytes: put('/v1/kv/bad', 'Fence: l=1\r\n'), ...NOT_SUPPORTED },
    { name: 'Max-Staleness', bytes: get('/v1/kv/a', 'Max-Staleness: 1s\r\n'), ...NOT_SUPPORTED },
    { name: 'Prefer: wait', bytes: get('/v1/kv/a', 'Prefer: wait=30\r\n'), ...NOT_SUPPORTED },
    {
      name: 'Content-Range',
      bytes: put('/v1/kv/bad', 'Content-Range: bytes 0-0/2\r\n'),
      ...NOT_SUPPORTED,
    },
    {
      name: 'If-Unmodified-Since',
      bytes: put('/v1/kv/bad', 'If-Unmodified-Since: Mon, 01 Jan 2024 00:00:00 GMT\r\n'),
      ...NOT_SUPPORTED,
    },
    {
      name: 'method override',
      bytes: put('/v1/kv/bad', 'X-HTTP-Method-Override: DELETE\r\n'),
      ...NOT_SUPPORTED,
    },
    {
      name: 'websocket',
      bytes: get('/v1/kv/a', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
      ...NOT_SUPPORTED,
    },
    {
      name: 'h2c upgrade',
      bytes: get(
        '/v1/kv/a',
        'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n',
      ),
      ...NOT_SUPPORTED,
    },
    {
      name: 'unknown expectation',
      bytes: put('/v1/kv/bad', 'Expect: 200-ok\r\n'),
      status: 417,
      code: 'expectation_failed',
    },
    {
      name: 'expectation twice',
      bytes: put('/v1/kv/bad', 'Expect: 100-continue\r\nExpect: 100-continue\r\n'),
      status: 417,
      code: 'expectation_failed',
    },
    {
      name: 'If-Match without quotes',
      bytes: put('/v1/kv/bad', 'If-Match: 5\r\n'),
      ...BAD_CONDITION,
    },
    { name: 'If-Match empty', bytes: put('/v1/kv/bad', 'If-Match:\r\n'), ...BAD_CONDITION },
    { name: 'If-Match of commas', bytes: put('/v1/kv/bad', 'If-Match: ,,\r\n'), ...BAD_CONDITION },
    {
      name: 'If-Match with an open quote',
      bytes: put('/v1/kv/bad', 'If-Match: "5\r\n'),
      ...BAD_CONDITION,
    },
    {
      name: 'If-Match of * and a tag',
      bytes: put('/v1/kv/bad', 'If-Match: *, "5"\r\n'),
      ...BAD_CONDITION,
    },
    {
      name: 'If-Match of * in two fields',
      bytes: put('/v1/kv/bad', 'If-Match: *\r\nIf-Match: "5"\r\n'),
      ...BAD_CONDITION,
    },
    {
      name: 'If-None-Match without a comma',
      bytes: put('/v1/kv/bad', 'If-None-Match: "5" "6"\r\n'),
      ...BAD_CONDITION,
    },
    {
      name: 'too many tags',
      bytes: put('/v1/kv/bad', `If-Match: ${'"1",'.repeat(100)}\r\n`),
      ...BAD_CONDITION,
    },
    {
      name: 'If-Match of spaces and garbage',
      bytes: put('/v1/kv/bad', `If-Match: "1"${' '.repeat(12_000)}x\r\n`),
      ...BAD_CONDITION,
    },
    {
      name: 'Min-Revision of a word',
      bytes: get('/v1/kv/a', 'Min-Revision: new\r\n'),
      ...BAD_HEADER,
    },
    { name: 'Min-Revision -1', bytes: get('/v1/kv/a', 'Min-Revision: -1\r\n'), ...BAD_HEADER },
    {
      name: 'Min-Revision 2^53+1',
      bytes: get('/v1/kv/a', 'Min-Revision: 9007199254740993\r\n'),
      ...BAD_HEADER,
    },
    {
      name: 'Min-Revision twice',
      bytes: get('/v1/kv/a', 'Min-Revision: 1\r\nMin-Revision: 2\r\n'),
      ...BAD_HEADER,
    },
    {
      name: 'Content-Type twice',
      bytes: put('/v1/kv/bad', 'Content-Type: a/b\r\nContent-Type: c/d\r\n'),
      ...BAD_HEADER,
    },
    {
      name: 'Content-Type of one word',
      bytes: put('/v1/kv/bad', 'Content-Type: text\r\n'),
      ...BAD_HEADER,
    },
    {
      name: 'Content-Type of high bytes',
      bytes: put('/v1/kv/bad', 'Content-Type: text/\xff\r\n'),
      ...BAD_HEADER,
    },
    {
      name: 'Content-Type too long',
      bytes: put('/v1/kv/bad', `Content-Type: a/${'b'.repeat(300)}\r\n`),
      ...BAD_HEADER,
    },
    {
      name: 'ndjson list',
      bytes: get('/v1/kv', 'Accept: application/x-ndjson\r\n'),
      ...NOT_SUPPORTED,
    },
    {
      name: 'get with a body',
      bytes: request('GET /v1/kv/a', 'Content-Length: 2\r\n', 'ab'),
      ...BAD_BODY,
    },
    {
      name: 'delete with a body',
      bytes: request('DELETE /v1/kv/bad', 'Content-Length: 2\r\n', 'ab'),
      ...BAD_BODY,
    },
    {
      name: 'get with a chunked body',
      bytes: request('GET /v1/kv/a', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'),
      ...BAD_BODY,
    },
    {
      name: '10,000 short headers',
      bytes: get('/livez', 'a: b\r\n'.repeat(10_000)),
      status: 431,
      code: 'headers_too_large',
    },
    {
      name: '1,000 short headers',
      bytes: get('/livez', 'a: b\r\n'.repeat(1000)),
      status: 431,
      code: 'headers_too_large',
    },
    {
      name: 'a header of 17 KiB',
      bytes: get('/livez', `a: ${'b'.repeat(17_000)}\r\n`),
      status: 431,
      code: 'headers_too_large',
    },
    {
      name: 'a header of 20 MB',
      bytes: get('/livez', `a: ${'b'.repeat(20_000_000)}\r\n`),
      status: 431,
      code: 'headers_too_large',
    },
    {
      name: 'a target of 20 KiB',
      bytes: get(`/v1/kv/${'k'.repeat(20_000)}`),
      status: 431,
      code: 'headers_too_large',
    },
    { name: 'space behind a header name', bytes: get('/livez', 'X : a\r\n'), ...MALFORMED },
    { name: 'CR in a header name', bytes: get('/livez', 'X\rY: a\r\n'), ...MALFORMED },
    { name: 'CR in a header value', bytes: get('/livez', 'X: a\rb\r\n'), ...MALFORMED },
    { name: 'NUL in a header value', bytes: get('/livez', 'X: a\0b\r\n'), ...MALFORMED },
    { name: 'folded header', bytes: get('/livez', 'X: a\r\n b\r\n'), ...MALFORMED },
    { name: 'header without a name', bytes: get('/livez', ': a\r\n'), ...MALFORMED },
    { name: 'header without a colon', bytes: get('/livez', 'abc\r\n'), ...MALFORMED },
    {
      name: 'space before the first header',
      bytes: 'GET /livez HTTP/1.1\r\n Host: a\r\n\r\n',
      ...MALFORMED,
    },
  ];
}

function frameCases(): readonly BadInputCase[] {
  const length = (name: string, value: string, expected: Omit<BadInputCase, 'name' | 'bytes'>) => ({
    name,
    bytes: putRaw(`Content-Length: ${value}\r\n`, 'ab'),
    ...expected,
  });
  return [
    { name: 'HTTP/0.9', bytes: 'GET /livez\r\n\r\n', ...VERSION },
    { name: 'HTTP/0.9 with a bare LF', bytes: 'GET /livez\n\n', ...BAD },
    {
      name: 'HTTP/0.9 put with a bare LF',
      bytes: 'PUT /v1/kv/bad\nHost: a\nContent-Length: 1\n\nv',
      ...BAD,
    },
    { name: 'HTTP/0.9 by name', bytes: 'GET /livez HTTP/0.9\r\nHost: a\r\n\r\n', ...VERSION },
    {
      name: 'HTTP/1.0',
      bytes: 'PUT /v1/kv/bad HTTP/1.0\r\nHost: a\r\nContent-Length: 1\r\n\r\nv',
      ...VERSION,
    },
    { name: 'HTTP/1.2', bytes: 'GET /livez HTTP/1.2\r\nHost: a\r\n\r\n', ...MALFORMED },
    { name: 'HTTP/2.0', bytes: 'GET /livez HTTP/2.0\r\nHost: a\r\n\r\n', ...VERSION },
    { name: 'HTTP/2 preface', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ...MALFORMED },
    {
      name: 'TLS to the plain port',
      bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      ...MALFORMED,
    },
    { name: 'RTSP', bytes: 'GET /livez RTSP/1.0\r\nHost: a\r\n\r\n', ...BAD },
    {
      name: 'bare LF behind the request line',
      bytes: 'GET /livez HTTP/1.1\nHost: a\r\n\r\n',
      ...MALFORMED,
    },
    {
      name: 'bare LF behind a header',
      bytes: 'GET /livez HTTP/1.1\r\nHost: a\nX: b\r\n\r\n',
      ...MALFORMED,
    },
    {
      name: 'bare LF at the end of the head',
      bytes: 'GET /livez HTTP/1.1\r\nHost: a\r\n\n',
      ...MALFORMED,
    },
    {
      name: 'tab behind the method',
      bytes: 'GET\t/livez HTTP/1.1\r\nHost: a\r\n\r\n',
      ...MALFORMED,
    },
    {
      name: 'space before the method',
      bytes: ' GET /livez HTTP/1.1\r\nHost: a\r\n\r\n',
      ...MALFORMED,
    },
    { name: 'method in lower case', bytes: 'get /livez HTTP/1.1\r\nHost: a\r\n\r\n', ...MALFORMED },
    { name: 'method of our own', bytes: request('FROB /v1/kv/bad'), ...MALFORMED },
    { name: 'no text at all, then the end', bytes: '{"op":"put"}', halfClose: true, ...MALFORMED },
    { name: 'TRACE', bytes: request('TRACE /v1/kv/bad'), ...NO_METHOD },
    { name: 'CONNECT', bytes: request('CONNECT a:1'), ...NO_METHOD },
    {
      name: 'PATCH',
      bytes: request('PATCH /v1/kv/bad'),
      ...NO_METHOD,
      field: ['allow', 'GET, HEAD, PUT, DELETE'],
    },
    { name: 'OPTIONS of a key', bytes: request('OPTIONS /v1/kv/bad'), ...NO_METHOD },
    { name: 'OPTIONS *', bytes: request('OPTIONS *'), ...NO_ROUTE },
    {
      name: 'POST of a list',
      bytes: request('POST /v1/kv', 'Content-Length: 0\r\n'),
      ...NO_METHOD,
    },
    { name: 'PUT of the cluster', bytes: put('/v1/cluster'), ...NO_METHOD },
    {
      name: 'GET of the leader',
      bytes: get('/v1/cluster/leader'),
      ...NO_METHOD,
      field: ['allow', 'POST'],
    },
    {
      name: 'QUERY',
      bytes: request('QUERY /v1/kv/bad', 'Content-Length: 1\r\n', 'v'),
      ...NO_METHOD,
    },
    { name: 'absolute form', bytes: get('http://a/livez'), status: 200 },
    { name: 'absolute form of another scheme', bytes: get('ftp://a/livez'), ...NO_ROUTE },
    { name: 'HEAD of a list', bytes: request('HEAD /v1/kv'), isHead: true, status: 200 },
    { name: 'Range', bytes: get('/v1/limits', 'Range: bytes=0-1\r\n'), status: 200 },
    length('length -1', '-1', MALFORMED),
    length('length +2', '+2', MALFORMED),
    length('length 0x2', '0x2', MALFORMED),
    length('length 2, 2', '2, 2', MALFORMED),
    length('length empty', '', MALFORMED),
    length('length of a word', 'two', MALFORMED),
    length('length 1e1', '1e1', MALFORMED),
    length('length beyond 2^64', '99999999999999999999', MALFORMED),
    length('length of 100 MB', '100000000', TOO_LARGE),
    length('length of one byte too many', '1048577', TOO_LARGE),
    {
      name: 'two lengths that agree',
      bytes: putRaw('Content-Length: 2\r\nContent-Length: 2\r\n', 'ab'),
      ...MALFORMED,
    },
    {
      name: 'two lengths that do not',
      bytes: putRaw('Content-Length: 2\r\nContent-Length: 3\r\n', 'ab'),
      ...MALFORMED,
    },
    {
      name: 'body shorter than its length',
      bytes: putRaw('Content-Length: 5\r\n', 'ab'),
      halfClose: true,
      ...MALFORMED,
    },
    {
      name: 'length and chunked',
      bytes: putRaw('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '2\r\nab\r\n0\r\n\r\n'),
      ...MALFORMED,
    },
    {
      name: 'chunked and length',
      bytes: putRaw('Transfer-Encoding: chunked\r\nContent-Length: 2\r\n', '2\r\nab\r\n0\r\n\r\n'),
      ...MALFORMED,
    },
    {
      name: 'chunked twice',
      bytes: putRaw('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
      ...MALFORMED,
    },
    {
      name: 'chunked, identity',
      bytes: chunked('1\r\nv\r\n0\r\n\r\n', 'chunked, identity'),
      ...MALFORMED,
    },
    { name: 'gzip, chunked', bytes: chunked('1\r\nv\r\n0\r\n\r\n', 'gzip, chunked'), ...MALFORMED },
    { name: 'xchunked', bytes: chunked('1\r\nv\r\n0\r\n\r\n', 'xchunked'), ...MALFORMED },
    { name: 'identity', bytes: chunked('1\r\nv\r\n0\r\n\r\n', 'identity'), ...MALFORMED },
    { name: 'empty Transfer-Encoding', bytes: chunked('1\r\nv\r\n0\r\n\r\n', ''), ...BAD },
    { name: 'chunked in quotes', bytes: chunked('1\r\nv\r\n0\r\n\r\n', '"chunked"'), ...MALFORMED },
    {
      name: 'chunked with a vertical tab',
      bytes: chunked('1\r\nv\r\n0\r\n\r\n', 'chunked\x0b'),
      ...MALFORMED,
    },
    { name: 'chunk size of a word', bytes: chunked('zz\r\nab\r\n0\r\n\r\n'), ...MALFORMED },
    { name: 'chunk size -2', bytes: chunked('-2\r\nab\r\n0\r\n\r\n'), ...MALFORMED },
    { name: 'chunk size 0x2', bytes: chunked('0x2\r\nab\r\n0\r\n\r\n'), ...MALFORMED },
    { name: 'chunk size with a space', bytes: chunked('2 \r\nab\r\n0\r\n\r\n'), ...MALFORMED },
    {
      name: 'chunk size beyond 2^64',
      bytes: chunked('fffffffffffffffff\r\nab\r\n0\r\n\r\n'),
      ...MALFORMED,
    },
    { name: 'chunk size with a bare LF', bytes: chunked('2\nab\n0\n\n'), ...MALFORMED },
    { name: 'chunk longer than its size', bytes: chunked('2\r\nabc\r\n0\r\n\r\n'), ...MALFORMED },
    { name: 'chunk without its end', bytes: chunked('2\r\nab0\r\n\r\n'), ...MALFORMED },
    {
      name: 'chunked without a last chunk',
      bytes: chunked('2\r\nab\r\n'),
      halfClose: true,
      ...MALFORMED,
    },
    {
      name: 'chunk extensions of 20 KiB',
      bytes: chunked(`2;${'e'.repeat(20_000)}\r\nab\r\n0\r\n\r\n`),
      ...TOO_LARGE,
    },
    {
      name: 'chunked body over the limit',
      bytes: chunked(`${'10000\r\n' + 'v'.repeat(65_536)}\r\n`.repeat(17)),
      ...TOO_LARGE,
    },
  ];
}

function jsonCases(): readonly BadInputCase[] {
  return [
    { name: 'JSON without a type', bytes: lead('{"to":2}', ''), ...MEDIA_TYPE },
    { name: 'JSON as text', bytes: lead('{"to":2}', 'text/plain'), ...MEDIA_TYPE },
    {
      name: 'JSON in utf-7',
      bytes: lead('{"to":2}', 'application/json; charset=utf-7'),
      ...MEDIA_TYPE,
    },
    {
      name: 'JSON of a form',
      bytes: lead('to=2', 'application/x-www-form-urlencoded'),
      ...MEDIA_TYPE,
    },
    { name: 'empty JSON body', bytes: lead(''), ...BAD_JSON },
    { name: 'no JSON', bytes: lead('to 2'), ...BAD_JSON },
    { name: 'JSON scalar', bytes: lead('2'), ...BAD_JSON },
    { name: 'JSON string', bytes: lead('"2"'), ...BAD_JSON },
    { name: 'JSON null', bytes: lead('null'), ...BAD_JSON },
    { name: 'JSON array', bytes: lead('[2]'), ...BAD_JSON },
    { name: 'byte order mark', bytes: lead('\xef\xbb\xbf{"to":2}'), ...BAD_JSON },
    { name: 'UTF-16', bytes: lead('\xff\xfe{\0"\0'), ...BAD_JSON },
    { name: 'JSON of no UTF-8', bytes: lead('{"to":"\xff"}'), ...BAD_JSON },
    { name: 'lone surrogate', bytes: lead('{"to":"\\ud800"}'), ...BAD_JSON },
    { name: 'lone surrogate in a name', bytes: lead('{"\\udc00":1}'), ...BAD_JSON },
    { name: 'control character in a string', bytes: lead('{"to":"\x01"}'), ...BAD_JSON },
    { name: 'repeated member', bytes: lead('{"to":2,"to":2}'), ...BAD_JSON },
    { name: 'repeated member, once escaped', bytes: lead('{"to":2,"\\u0074o":2}'), ...BAD_JSON },
    { name: 'unknown member', bytes: lead('{"to":2,"force":true}'), ...BAD_JSON },
    { name: '__proto__ member', bytes: lead('{"__proto__":{"to":2}}'), ...BAD_JSON },
    { name: 'constructor member', bytes: lead('{"to":2,"constructor":{}}'), ...BAD_JSON },
    { name: 'member missing', bytes: lead('{}'), ...BAD_JSON },
    { name: 'null where a number is needed', bytes: lead('{"to":null}'), ...BAD_JSON },
    { name: 'string where a number is needed', bytes: lead('{"to":"2"}'), ...BAD_JSON },
    { name: 'boolean where a number is needed', bytes: lead('{"to":true}'), ...BAD_JSON },
    { name: 'number 1e999', bytes: lead('{"to":1e999}'), ...BAD_JSON },
    { name: 'number 2^53+1', bytes: lead('{"to":9007199254740993}'), ...BAD_JSON },
    { name: 'number -0', bytes: lead('{"to":-0}'), ...BAD_JSON },
    { name: 'number 0x10', bytes: lead('{"to":0x10}'), ...BAD_JSON },
    { name: 'number 1_000', bytes: lead('{"to":1_000}'), ...BAD_JSON },
    { name: 'number 01', bytes: lead('{"to":01}'), ...BAD_JSON },
    { name: 'number 1.5', bytes: lead('{"to":1.5}'), ...BAD_JSON },
    { name: 'number NaN', bytes: lead('{"to":NaN}'), ...BAD_JSON },
    { name: 'trailing comma', bytes: lead('{"to":2,}'), ...BAD_JSON },
    { name: 'comment', bytes: lead('{"to":2}//'), ...BAD_JSON },
    { name: 'two values', bytes: lead('{"to":2}{"to":2}'), ...BAD_JSON },
    { name: 'nested 30,000 deep', bytes: lead('['.repeat(30_000)), ...BAD_JSON },
    { name: 'array of 30,000', bytes: lead(`[${'1,'.repeat(30_000)}1]`), ...BAD_JSON },
    { name: 'JSON over its limit', bytes: lead(`"${'x'.repeat(70_000)}"`), ...TOO_LARGE },
    { name: 'a string that never ends', bytes: lead(`{"${'\\\\'.repeat(20_000)}`), ...BAD_JSON },
    {
      name: 'no member of the cluster',
      bytes: lead('{"to":99}'),
      status: 409,
      code: 'transfer_refused',
    },
  ];
}

/** What counts the slots that were used: the writes of a replica, or its `chosenUpTo`. */
export type Probe = () => Promise<number> | number;

/**
 * Runs the table against a port. Returns what went wrong, in words: nothing, where all is well.
 * After each case the server must serve, and no more slots be used than the case says.
 */
export async function runCases(
  port: number,
  probe: Probe,
  table: readonly BadInputCase[] = cases,
): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const badCase of table) {
    const before = await probe();
    const wrong = await sendRaw(port, badCase.bytes, badCase).then(
      (answer) => faultsOf(badCase, answer),
      (error: unknown) => [String(error)],
    );
    const used = (await probe()) - before;
    if (used !== (badCase.writes ?? 0)) wrong.push(`it used ${used} slots`);
    const alive = await sendRaw(port, get('/v1/kv?count'));
    if (alive.status !== 200) wrong.push(`the server answers ${alive.status} afterwards`);
    failures.push(...wrong.map((fault) => `${badCase.name}: ${fault}`));
  }
  return failures;
}

const EVERYWHERE = ['synod-revision', 'synod-replica', 'synod-leader', 'request-id'];

function faultsOf(badCase: BadInputCase, answer: RawAnswer): string[] {
  const faults: string[] = [];
  if (answer.status !== badCase.status) {
    faults.push(`answered ${answer.status} instead of ${badCase.status}: ${answer.body}`);
    return faults;
  }
  for (const name of EVERYWHERE) {
    if (!answer.fields.has(name)) faults.push(`the answer lacks ${name}`);
  }
  const [name, value] = badCase.field ?? [];
  if (name !== undefined && answer.fields.get(name) !== value) faults.push(`${name} is wrong`);
  if (badCase.status < 400) return faults;
  const problem: unknown = JSON.parse(answer.body);
  if (!isProblem(problem)) return [...faults, `it is no problem: ${answer.body}`];
  if (problem.status !== badCase.status) faults.push('the status inside differs');
  if (problem.outcome !== 'not_applied') faults.push(`its outcome is ${problem.outcome}`);
  if (badCase.code !== undefined && problem.code !== badCase.code) {
    faults.push(`its code is ${problem.code} instead of ${badCase.code}`);
  }
  return faults;
}

interface ProblemJson {
  readonly status: number;
  readonly code: string;
  readonly outcome: string;
}

function isProblem(value: unknown): value is ProblemJson {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['type', 'title', 'status', 'detail', 'code', 'outcome', 'retryable', 'requestId'].every(
      (name) => name in value,
    )
  );
}
