/** Limits, probes and problems as JSON. */
import { z } from 'zod';
import { DEFAULT_HTTP_LIMITS } from '../limits.ts';
import { revision, slot } from './members.ts';
import { TOLD } from './trace.ts';

const names = Object.keys(DEFAULT_HTTP_LIMITS);

export const Limits = z
  .object(Object.fromEntries(names.map((name) => [name, z.int().min(0)])))
  .catchall(z.int().min(0))
  .describe('Every limit of the server by its name; the unit closes the name.');

export const Live = z
  .object({ live: z.literal(true), reasons: z.array(z.string()) })
  .describe('The process runs.');

export const Ready = z
  .object({ ready: z.literal(true), reasons: z.array(z.string()), warnings: z.array(z.string()) })
  .describe('The replica can serve requests.');

const whole = z.int().min(0);

/** With the members that only some of them have. */
export const Problem = z
  .object({
    type: z.string().meta({ pattern: '^urn:synod:problem:' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    code: z.string(),
    outcome: z
      .enum(['not_applied', 'applied', 'unknown'])
      .describe('whether the write happened; `unknown`: it may have, or may yet'),
    retryable: z.boolean().describe('the same request, sent again, may succeed'),
    requestId: z.string(),
    leader: z.union([z.string(), z.null()]).describe('the URL of the leader, where it is known'),
    limit: z.string().optional().describe('the name of the limit that was passed'),
    max: whole.optional().describe('what that limit is'),
    actual: whole.optional().describe('what the request has'),
    parameter: z.string().optional().describe('the query parameter that is at fault'),
    header: z.string().optional().describe('the header field that is at fault'),
    current: revision
      .optional()
      .describe('the revision that the key has, or the fence of who holds the lock'),
    failed: z.array(whole).optional().describe('the guards that do not hold, from 0'),
    action: whole.optional().describe('the action that failed, from 0'),
    oldestRevision: revision.optional().describe('the oldest that can be read'),
    oldestSlot: slot.optional().describe('the oldest that is kept'),
    reasons: z.array(z.string()).optional().describe('why the replica is not ready'),
    warnings: z.array(z.string()).optional(),
    ...TOLD,
  })
  .describe('Why a request failed (RFC 9457), and whether it happened all the same.');

export const OpenApi = z
  .looseObject({ openapi: z.literal('3.1.0'), info: z.looseObject({ title: z.string() }) })
  .describe('This document.');
