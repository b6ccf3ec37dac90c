/**
 * What a request is refused with (RFC 9457). A problem is an ordinary value: parsers return one in
 * place of what they were to parse. It never carries a value of the store, nor a header's content.
 */

/** Code -> status and title. */
const KINDS = {
  malformed_request: [400, 'The request is not well-formed HTTP'],
  http_version: [400, 'Only HTTP/1.1 is spoken here'],
  invalid_host: [400, 'The Host header must be there exactly once'],
  invalid_header: [400, 'A header is not valid'],
  invalid_target: [400, 'The request target is not valid'],
  invalid_key: [400, 'The key is not valid'],
  key_too_long: [400, 'The key is too long'],
  unknown_parameter: [400, 'There is no such query parameter here'],
  repeated_parameter: [400, 'A query parameter is repeated'],
  invalid_parameter: [400, 'A query parameter is not valid'],
  invalid_condition: [400, 'A condition is not valid'],
  invalid_cursor: [400, 'The cursor does not belong to this request'],
  future_revision: [400, 'The store has not reached this revision'],
  invalid_body: [400, 'The request must not have a body'],
  invalid_json: [400, 'The body is not the JSON that is expected'],
  not_supported: [400, 'This is not supported here'],
  lease_expired: [404, 'The lease is at an end'],
  lock_free: [404, 'Nobody holds the lock'],
  key_not_found: [404, 'The key does not exist'],
  slot_not_found: [404, 'The log holds no such slot'],
  route_not_found: [404, 'There is nothing at this path'],
  method_not_allowed: [405, 'The method is not allowed here'],
  request_timeout: [408, 'The request did not arrive in time'],
  transfer_refused: [409, 'Leadership was not handed over'],
  membership_refused: [409, 'The membership was not changed'],
  lock_held: [409, 'The lock is held'],
  not_a_number: [409, 'The value is not a number'],
  compacted: [410, 'The history that this needs is gone'],
  condition_failed: [412, 'The condition does not hold'],
  stale_fence: [412, 'The fence is not that of the lock'],
  guards_failed: [412, 'A guard does not hold'],
  value_too_large: [413, 'The body is too large'],
  too_many_keys: [413, 'The command would change too many keys'],
  transaction_too_large: [413, 'The transaction has too many parts'],
  result_too_large: [413, 'The transaction would read too much'],
  unsupported_media_type: [415, 'The content type is not supported here'],
  content_encoding: [415, 'An encoded body is not supported'],
  expectation_failed: [417, 'The expectation cannot be met'],
  idempotency_mismatch: [422, 'The key was used for another request'],
  headers_too_large: [431, 'The headers are too large'],
  internal: [500, 'The replica failed'],
  no_leader: [503, 'No leader is known'],
  overloaded: [503, 'The replica is overloaded'],
  deadline: [503, 'The time for the request ran out before anything was done'],
  lock_queue_full: [503, 'Too many wait for the lock'],
  too_many_leases: [503, 'There are too many leases'],
  idempotency_full: [503, 'No more answers can be kept'],
  too_stale: [503, 'What this replica knows is too old'],
  not_ready: [503, 'The replica is not ready'],
  removed: [503, 'The replica is no member any more'],
  closing: [503, 'The replica is closing'],
  disk_full: [507, 'There is no room for more'],
  timed_out: [504, 'It is not known in time whether it happened'],
  leader_lost: [504, 'The leader was lost, and it is not known whether it happened'],
  stepped_down: [504, 'The leader stepped down, and it is not known whether it happened'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof KINDS;

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

export interface ProblemOptions {
  /** Members of its own. */
  readonly extra?: Readonly<Record<string, Json>>;
  /** Header fields of its own: name, value, name, value. */
  readonly fields?: readonly string[];
}

const RETRY_AFTER_S = '1';

export class Problem {
  readonly status: number;
  readonly title: string;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly extra: Readonly<Record<string, Json>>;
  readonly fields: readonly string[];
  readonly #options: ProblemOptions;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    [this.status, this.title] = KINDS[code];
    this.code = code;
    this.detail = detail;
    this.#options = options;
    this.extra = options.extra ?? {};
    const retry = this.status === 503 ? ['Retry-After', RETRY_AFTER_S] : [];
    this.fields = [...retry, ...(options.fields ?? [])];
  }

  /** The same, with more members of its own. */
  with(extra: Readonly<Record<string, Json>>): Problem {
    const options = { ...this.#options, extra: { ...this.extra, ...extra } };
    return new Problem(this.code, this.detail, options);
  }

  /** Whether the write may have happened. */
  get outcome(): 'not_applied' | 'unknown' {
    return this.status === 504 || this.status === 500 ? 'unknown' : 'not_applied';
  }

  /** Whether the same request, sent again, may succeed and cannot happen twice. */
  get retryable(): boolean {
    return this.status === 503 || this.status === 408 || this.code === 'lock_held';
  }
}

export const PROBLEM_TYPE = 'application/problem+json';

export function renderProblem(
  problem: Problem,
  requestId: string,
  leader: string | undefined,
): string {
  return JSON.stringify({
    type: `urn:synod:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    outcome: problem.outcome,
    retryable: problem.retryable,
    requestId,
    leader: leader ?? null,
    ...problem.extra,
  });
}

export function tooLarge(
  code: ProblemCode,
  limit: string,
  max: number,
  actual: number,
  options: ProblemOptions & { readonly place?: string } = {},
): Problem {
  const { place, ...rest } = options;
  return new Problem(code, `${limit} is ${max}, and ${place ?? 'this'} has ${actual}`, {
    ...rest,
    extra: { limit, max, actual },
  });
}

/** Its status, and its title. */
export function kindOf(code: ProblemCode): readonly [status: number, title: string] {
  return KINDS[code];
}
