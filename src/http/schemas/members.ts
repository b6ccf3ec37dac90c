/**
 * What schemas of requests and answers are made of. A rule that binds several members stands in one
 * place as a check and as JSON Schema.
 */
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

export interface Rule {
  /** Why a value breaks it, in words behind its place; `undefined`: it does not. */
  breach(value: Json): string | undefined;
  readonly schema: Json;
}

export const revision = z.int().min(0).describe('a revision of the store');
export const slot = z.int().min(0).describe('a position in the log');
export const epoch = z.int().min(0).describe('one membership');
export const replicaId = z.int().min(0).max(65_535).describe('the id of a replica');
export const ballot = z
  .object({ round: z.int().min(0), leader: replicaId })
  .describe('an attempt to lead; ordered by round, then by leader');

/** An object of a request: what it does not know, it refuses. */
export function closed<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const known = `known: ${Object.keys(shape).join(', ')}`;
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined),
  });
}

export function ruled<Schema extends z.ZodType>(schema: Schema, rules: readonly Rule[]): Schema {
  return schema
    .superRefine((value, context) => {
      if (!isJson(value)) return;
      for (const rule of rules) {
        const message = rule.breach(value);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      }
    })
    .meta({ allOf: rules.map((rule) => rule.schema) });
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

export function exactlyOne(...names: readonly string[]): Rule {
  const [first = ''] = names;
  return {
    breach(value) {
      const count = countOf(value, names);
      if (count === 1) return undefined;
      if (names.length > 2) return `has one of ${names.join(', ')}`;
      return count === 0 ? `has no "${first}"` : both(names);
    },
    schema: { oneOf: names.map((name) => ({ required: [name] })) },
  };
}

export function atMostOne(...names: readonly string[]): Rule {
  return {
    breach: (value) => (countOf(value, names) > 1 ? both(names) : undefined),
    schema: { not: { required: names } },
  };
}

/** `name` stands only beside `other`. */
export function onlyWith(name: string, other: string): Rule {
  return {
    breach: (value) =>
      countOf(value, [name]) === 1 && countOf(value, [other]) === 0
        ? `has no "${other}" for its "${name}"`
        : undefined,
    schema: { dependentRequired: { [name]: [other] } },
  };
}

function countOf(value: Json, names: readonly string[]): number {
  return names.filter((name) => value[name] !== undefined).length;
}

function both(names: readonly string[]): string {
  return `has both ${names.map((name) => `"${name}"`).join(' and ')}`;
}
