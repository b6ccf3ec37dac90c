/** Problems that belong together: what an operation may be refused with is made of these. */
import type { ProblemCode } from '../problem.ts';

type Codes = readonly ProblemCode[];

/** Whatever the route. */
export const OF_ANY = [
  'malformed_request',
  'http_version',
  'invalid_host',
  'invalid_header',
  'invalid_target',
  'not_supported',
  'unknown_parameter',
  'repeated_parameter',
  'invalid_parameter',
  'content_encoding',
  'expectation_failed',
  'headers_too_large',
] as const satisfies Codes;

/** Whatever the route, but for the probes. */
export const OF_LOAD = ['overloaded'] as const satisfies Codes;

export const OF_NO_BODY = ['invalid_body'] as const satisfies Codes;

export const OF_BODY = ['value_too_large', 'request_timeout'] as const satisfies Codes;

export const OF_JSON = [
  ...OF_BODY,
  'invalid_json',
  'unsupported_media_type',
] as const satisfies Codes;

export const OF_KEY = ['invalid_key', 'key_too_long'] as const satisfies Codes;

export const OF_CONDITION = ['invalid_condition', 'condition_failed'] as const satisfies Codes;

/** Nothing was begun. */
export const NOT_DONE = [
  ...OF_LOAD,
  'no_leader',
  'deadline',
  'not_ready',
  'removed',
  'closing',
] as const satisfies Codes;

/** It may have happened. */
export const OUTCOME_UNKNOWN = [
  'timed_out',
  'leader_lost',
  'stepped_down',
] as const satisfies Codes;

export const OF_READ = [
  ...OF_ANY,
  ...OF_NO_BODY,
  ...NOT_DONE,
  'too_stale',
] as const satisfies Codes;

export const OF_WRITE = [
  ...OF_ANY,
  ...NOT_DONE,
  ...OUTCOME_UNKNOWN,
  'idempotency_mismatch',
  'stale_fence',
  'idempotency_full',
] as const satisfies Codes;
