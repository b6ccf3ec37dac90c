/** One case of the table of bad input, and what the cases are written with. */

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

export const HOST = 'Host: a\r\n';

export function request(line: string, fields = '', body = ''): string {
  return `${line} HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
}

export function put(path: string, fields = '', body = 'v'): string {
  return request(`PUT ${path}`, `${fields}Content-Length: ${body.length}\r\n`, body);
}

/** With no body unless there is one. */
export function post(path: string, body = ''): string {
  return request(`POST ${path}`, `Content-Length: ${body.length}\r\n`, body);
}

/** A transaction: bytes as they stand. */
export function transact(body: string): string {
  const fields = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  return request('POST /v1/txn', fields, body);
}

export function putRaw(fields: string, body = ''): string {
  return `PUT /v1/kv/bad HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
}

export function chunked(body: string, encoding = 'chunked'): string {
  return putRaw(`Transfer-Encoding: ${encoding}\r\n`, body);
}

export function get(path: string, fields = ''): string {
  return request(`GET ${path}`, fields);
}

export function del(path: string, fields = ''): string {
  return request(`DELETE ${path}`, fields);
}

export function lead(body: string, type = 'application/json'): string {
  const typeField = type === '' ? '' : `Content-Type: ${type}\r\n`;
  const bytes = Buffer.from(body, 'latin1').length;
  return request('POST /v1/cluster/leader', `${typeField}Content-Length: ${bytes}\r\n`, body);
}

/** What the cases expect: the status, and the code of the problem. */

export const BAD = { status: 400 } as const;
export const MALFORMED = { status: 400, code: 'malformed_request' } as const;
export const BAD_JSON = { status: 400, code: 'invalid_json' } as const;
export const BAD_KEY = { status: 400, code: 'invalid_key' } as const;
export const BAD_PARAMETER = { status: 400, code: 'invalid_parameter' } as const;
export const UNKNOWN_PARAMETER = { status: 400, code: 'unknown_parameter' } as const;
export const REPEATED_PARAMETER = { status: 400, code: 'repeated_parameter' } as const;
export const NOT_SUPPORTED = { status: 400, code: 'not_supported' } as const;
export const BAD_HEADER = { status: 400, code: 'invalid_header' } as const;
export const BAD_CONDITION = { status: 400, code: 'invalid_condition' } as const;
export const VERSION = { status: 400, code: 'http_version' } as const;
export const BAD_HOST = { status: 400, code: 'invalid_host' } as const;
export const BAD_BODY = { status: 400, code: 'invalid_body' } as const;
export const NO_ROUTE = { status: 404, code: 'route_not_found' } as const;
export const TOO_LARGE = { status: 413, code: 'value_too_large' } as const;
export const NO_METHOD = { status: 405, code: 'method_not_allowed' } as const;
export const MEDIA_TYPE = { status: 415, code: 'unsupported_media_type' } as const;
export const CREATED = { status: 201, writes: 1 } as const;
