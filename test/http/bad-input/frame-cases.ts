/** Request lines, lengths and chunks: what a proxy before us may read otherwise. */
import {
  BAD,
  MALFORMED,
  NO_METHOD,
  NO_ROUTE,
  TOO_LARGE,
  VERSION,
  chunked,
  get,
  put,
  putRaw,
  request,
  type BadInputCase,
} from './bad-input-case.ts';

type Expected = Omit<BadInputCase, 'name' | 'bytes'>;

function length(name: string, value: string, expected: Expected): BadInputCase {
  return { name, bytes: putRaw(`Content-Length: ${value}\r\n`, 'ab'), ...expected };
}

export function frameCases(): readonly BadInputCase[] {
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
      field: ['allow', 'GET, HEAD, PUT, DELETE, POST'],
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
