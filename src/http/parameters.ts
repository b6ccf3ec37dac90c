/**
 * The query parameters of a route as data: the parser takes those that stand in the route's table
 * and no others, and `/openapi.json` describes the same table.
 */
import type { HttpLimits } from './limits.ts';

interface Described {
  /** What it asks for, in words. */
  readonly about: string;
  /** A request without it is refused. */
  readonly required?: true;
}

export type Parameter = Described &
  (
    | { readonly type: 'flag' }
    /** `max` may be a limit of the server, by its name. */
    | { readonly type: 'whole'; readonly min: number; readonly max: number | keyof HttpLimits }
    | { readonly type: 'duration' }
    /** Bytes of a key, or of what keys begin with. */
    | { readonly type: 'bytes' }
    | { readonly type: 'choice'; readonly values: readonly string[] }
    | { readonly type: 'text' }
  );

export type Parameters = Readonly<Record<string, Parameter>>;

export const MAX_WHOLE = Number.MAX_SAFE_INTEGER;

export const TIMEOUT = {
  type: 'duration',
  about: 'Lowers the deadline of the request, `requestMs`: a whole number and ms, s, m or h.',
} as const satisfies Parameter;

export const TRACE = {
  type: 'flag',
  about: 'What happened to the write, and when, is in the answer as `trace` and `Server-Timing`.',
} as const satisfies Parameter;

/** Of any write. */
export const WRITE_PARAMETERS = { timeout: TIMEOUT, trace: TRACE } as const;

export const LIFETIME_PARAMETERS = {
  ttl: {
    type: 'duration',
    about: 'The key goes after so long: a duration above zero, at most ten years.',
  },
  lease: {
    type: 'text',
    about: 'The key goes with the lease of this id; not together with `ttl`.',
  },
} as const satisfies Parameters;

export const REVISION = {
  type: 'whole',
  min: 1,
  max: MAX_WHOLE,
  about: 'As it was at this revision of the store.',
} as const satisfies Parameter;

export const LIMIT = {
  type: 'whole',
  min: 1,
  max: 'listItems',
  about: 'How many entries one answer has at most; `listItemsByDefault` where it is absent.',
} as const satisfies Parameter;

export const CURSOR = {
  type: 'text',
  about: '`next` of the answer before; all other parameters stay the same.',
} as const satisfies Parameter;

export const PREV = {
  type: 'flag',
  about: 'What the key had before is in the answer as `prev`, or null.',
} as const satisfies Parameter;

/** How it is read. The levels are those of read-level.ts. */
export const CONSISTENCY = {
  type: 'choice',
  values: ['linearizable', 'lease', 'local'],
  about:
    'How it is read: `linearizable` (the default), `lease` (linearizable where leases are off), ' +
    'or `local`: what this replica has, at once, with its age.',
} as const satisfies Parameter;

export const READ_PARAMETERS = { consistency: CONSISTENCY, timeout: TIMEOUT } as const;
