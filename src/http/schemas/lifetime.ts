/** Times and leases, as requests ask for them and as answers tell them. */
import { z } from 'zod';
import { parseLeaseId, parseTtlMs, TTL_RULE } from '../lifetime.ts';
import { DURATION_PATTERN, parseDuration } from '../number.ts';

/** The id of a lease. */
export const LEASE_ID = '^[1-9]\\d{0,15}$';

/** Of an answer. */
export const given = z.string().meta({ pattern: '^\\d+(ms|s)$', description: 'a duration' });

/** Text that is read as a number, in ms where it is a duration. `rule`: what it is, in words. */
function read(parse: (text: string) => number | undefined, rule: string, pattern: string) {
  return z
    .string()
    .meta({ pattern, description: rule })
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: `is not ${rule}` });
      return z.NEVER;
    });
}

export const ttlMs = read(parseTtlMs, TTL_RULE, DURATION_PATTERN);
export const waitMs = read(parseDuration, 'a duration such as 30s', DURATION_PATTERN);
export const leaseId = read(parseLeaseId, 'the id of a lease', LEASE_ID);
