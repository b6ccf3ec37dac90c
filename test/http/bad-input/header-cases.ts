/** Header fields: missing, repeated, malformed, too many, too large. */
import {
  BAD_BODY,
  BAD_CONDITION,
  BAD_HEADER,
  BAD_HOST,
  BAD_PARAMETER,
  MALFORMED,
  NOT_SUPPORTED,
  get,
  put,
  request,
  type BadInputCase,
} from './bad-input-case.ts';

export function headerCases(): readonly BadInputCase[] {
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
    ...['', 'a b', 'k'.repeat(256), '\xe4', 'a\tb'].map((key) => ({
      name: `Idempotency-Key of ${key.length}: ${key.slice(0, 8)}`,
      bytes: put('/v1/kv/bad', `Idempotency-Key: ${key}\r\n`),
      ...BAD_HEADER,
    })),
    {
      name: 'Idempotency-Key twice',
      bytes: put('/v1/kv/bad', 'Idempotency-Key: a\r\nIdempotency-Key: a\r\n'),
      ...BAD_HEADER,
    },
    {
      name: 'Idempotency-Key of a get',
      bytes: get('/v1/kv/a', 'Idempotency-Key: a\r\n'),
      ...BAD_HEADER,
    },
    {
      name: 'Max-Staleness of a put',
      bytes: put('/v1/kv/bad', 'Max-Staleness: 1s\r\n'),
      ...NOT_SUPPORTED,
    },
    ...['', '1', '-1s', '1.5s', 's', '1 s', '1d'].map((age) => ({
      name: `Max-Staleness: ${age}`,
      bytes: get('/v1/kv/a', `Max-Staleness: ${age}\r\n`),
      ...BAD_HEADER,
    })),
    {
      name: 'Max-Staleness twice',
      bytes: get('/v1/kv/a', 'Max-Staleness: 1s\r\nMax-Staleness: 1s\r\n'),
      ...BAD_HEADER,
    },
    ...['soon', '', '-1', '1.5', '30s', '"30', '9999999999'].map((wait) => ({
      name: `Prefer: wait=${wait}`,
      bytes: get('/v1/kv/a', `Prefer: wait=${wait}\r\n`),
      ...BAD_HEADER,
    })),
    { name: 'Prefer: wait', bytes: get('/v1/kv/a', 'Prefer: wait\r\n'), ...BAD_HEADER },
    ...['', 'x', '-1', '1.0', '0x1', '"1"', '99999999999999999'].map((id) => ({
      name: `Last-Event-ID: ${id}`,
      bytes: get('/v1/watch?prefix=', `Last-Event-ID: ${id}\r\n`),
      ...BAD_HEADER,
    })),
    {
      name: 'Last-Event-ID twice',
      bytes: get('/v1/watch?prefix=', 'Last-Event-ID: 0\r\nLast-Event-ID: 0\r\n'),
      ...BAD_HEADER,
    },
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
      name: 'ndjson list from a cursor',
      bytes: get('/v1/kv?cursor=abc', 'Accept: application/x-ndjson\r\n'),
      ...BAD_PARAMETER,
    },
    {
      name: 'ndjson list by groups',
      bytes: get('/v1/kv?delimiter=/', 'Accept: application/x-ndjson\r\n'),
      ...BAD_PARAMETER,
    },
    {
      name: 'ndjson count',
      bytes: get('/v1/kv?count', 'Accept: application/x-ndjson\r\n'),
      ...BAD_PARAMETER,
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
