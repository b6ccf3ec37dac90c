/** What a replica tells of itself: probes, limits, and these pages. */
import type { Operation } from '../operation.ts';
import type { Parameter } from '../parameters.ts';
import { Happening } from '../schemas/happenings.ts';
import { Limits, Live, OpenApi, Ready } from '../schemas/server.ts';
import { OF_ANY, OF_LOAD, OF_NO_BODY } from './problem-groups.ts';

const probe = {
  tag: 'Server',
  query: { verbose: { type: 'flag', about: 'As JSON, with the reasons.' } satisfies Parameter },
  fields: [],
  example: { query: '?verbose' },
} as const;

const ofPage = [...OF_ANY, ...OF_NO_BODY, ...OF_LOAD] as const;

export const LIVEZ = {
  ...probe,
  id: 'livez',
  summary: 'Is it alive?',
  about: 'The process runs and its loop turns. It is answered also under overload.',
  answers: {
    200: {
      about: 'It is.',
      fields: ['Cache-Control'],
      content: {
        'text/plain': { type: 'text', about: '`live`' },
        'application/json': { type: 'json', schema: Live },
      },
    },
  },
  problems: [...OF_ANY, ...OF_NO_BODY],
} as const satisfies Operation;

export const READYZ = {
  ...probe,
  id: 'readyz',
  summary: 'Can it serve?',
  about: 'Whether this replica can serve requests. It is answered also under overload.',
  answers: {
    200: {
      about: 'It can.',
      fields: ['Cache-Control'],
      content: {
        'text/plain': { type: 'text', about: '`ready`' },
        'application/json': { type: 'json', schema: Ready },
      },
    },
  },
  problems: [...OF_ANY, ...OF_NO_BODY, 'not_ready'],
} as const satisfies Operation;

export const METRICS = {
  id: 'metrics',
  tag: 'Server',
  summary: 'Figures for Prometheus',
  about:
    'What this replica knows of itself, in the text format of Prometheus; also under overload.',
  query: {},
  fields: [],
  answers: {
    200: {
      about: 'The figures.',
      fields: ['Cache-Control'],
      content: { 'text/plain': { type: 'text', about: 'The format 0.0.4.' } },
    },
  },
  problems: [...OF_ANY, ...OF_NO_BODY],
  example: {},
} as const satisfies Operation;

export const EVENTS = {
  id: 'events',
  tag: 'Server',
  summary: 'What happens in a replica',
  about:
    'Elections, ballots, some of the messages, the membership, states on their way: as server-sent ' +
    'events, or as lines of JSON, from now on. Never a key or a value. Nothing is kept: whoever was ' +
    'away begins with a new `standing`.',
  query: {},
  fields: ['Accept'],
  answers: {
    200: {
      about: 'The stream.',
      fields: ['Cache-Control'],
      content: {
        'text/event-stream': { type: 'lines', schema: Happening },
        'application/x-ndjson': { type: 'lines', schema: Happening },
      },
    },
  },
  problems: ofPage,
  example: { endless: true },
} as const satisfies Operation;

export const LIMITS = {
  id: 'limits',
  tag: 'Server',
  summary: 'Every limit',
  about: 'By its name; its unit closes the name.',
  query: {},
  fields: [],
  answers: {
    200: {
      about: 'The limits.',
      content: { 'application/json': { type: 'json', schema: Limits } },
    },
  },
  problems: ofPage,
  example: {},
} as const satisfies Operation;

export const OPENAPI = {
  id: 'openapi',
  tag: 'Server',
  summary: 'This document',
  about: 'OpenAPI 3.1, made of what the server checks requests with.',
  query: {},
  fields: [],
  answers: {
    200: {
      about: 'The document.',
      fields: ['Cache-Control'],
      content: { 'application/json': { type: 'json', schema: OpenApi } },
    },
  },
  problems: ofPage,
  example: {},
} as const satisfies Operation;

export const DOCS = {
  id: 'docs',
  tag: 'Server',
  summary: 'The same, to read',
  about: 'One page of HTML, without scripts, which loads nothing.',
  query: {},
  fields: [],
  answers: {
    200: {
      about: 'The page.',
      fields: ['Cache-Control', 'Content-Security-Policy', 'X-Content-Type-Options'],
      content: { 'text/html': { type: 'text', about: 'The page.' } },
    },
  },
  problems: ofPage,
  example: {},
} as const satisfies Operation;
