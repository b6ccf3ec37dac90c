/**
 * What a route takes and answers, as data. Its parser reads the query table and the schema of the
 * body from here, and `/openapi.json` is made of the same, so that neither can say what the other
 * does not. A route and its operation are paired in routes.ts.
 */
import type { z } from 'zod';
import type { HttpLimits } from './limits.ts';
import type { AnswerField, RequestField } from './openapi/header-fields.ts';
import type { Parameters } from './parameters.ts';
import type { ProblemCode } from './problem.ts';

export type Tag =
  | 'Keys'
  | 'Lists'
  | 'Transactions'
  | 'Watches'
  | 'Leases'
  | 'Locks'
  | 'Cluster'
  | 'Log'
  | 'Server';

export type RequestBody =
  | { readonly type: 'bytes'; readonly about: string; readonly limit: keyof HttpLimits }
  | { readonly type: 'json'; readonly schema: z.ZodType; readonly limit: keyof HttpLimits };

/** By media type, `*` and `/` included: one JSON value, such values one a line, or bytes or text. */
export type Content =
  | { readonly type: 'json' | 'lines'; readonly schema: z.ZodType }
  | { readonly type: 'text'; readonly about: string }
  | { readonly type: 'bytes'; readonly about: string };

export interface Answer {
  readonly about: string;
  readonly fields?: readonly AnswerField[];
  /** That it has only where its description says so. */
  readonly optionalFields?: readonly AnswerField[];
  readonly content?: Readonly<Record<string, Content>>;
}

/** A request that is answered with success where nothing stands in its way. */
export interface Example {
  /** Behind the path, with its question mark. */
  readonly query?: string;
  /** In place of what the path leaves open. */
  readonly rest?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** It goes on until the client ends it. */
  readonly endless?: true;
}

export interface Operation {
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly about: string;
  readonly query: Parameters;
  /** Header fields of the request that mean something here. */
  readonly fields: readonly RequestField[];
  readonly body?: RequestBody;
  /** What is no problem, by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** With their statuses (problem.ts). */
  readonly problems: readonly ProblemCode[];
  /** That a problem of this status may carry. */
  readonly problemFields?: Readonly<Record<number, readonly AnswerField[]>>;
  readonly example: Example;
}
