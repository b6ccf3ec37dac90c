/** What one measurement asks for and what comes out, for both generators. */

export interface LoadSpec {
  readonly system: 'synod' | 'etcd';
  /** `fill`: puts each key once, in order, and ends when all are there; `seconds` is not used. */
  readonly operation: 'put' | 'get' | 'fill';
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly keys: number;
  readonly valueBytes: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Answers that were not 2xx, and connections that broke. */
  readonly failures: number;
  /** Processor time of the generator itself for each request, in microseconds. */
  readonly generatorUs: number;
}

export type Generator = 'wrk' | 'own';

/** Letters and digits only, and 12 of them: its base64 is 16 characters, without padding. */
export const KEY_PREFIX = 'k';
export const KEY_DIGITS = 11;

/** Random bytes that values are cut from; large enough that a block of the store never sees one twice. */
export const POOL_BYTES = 3 * 1024 * 1024;
