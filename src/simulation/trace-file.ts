/**
 * A trace as a file that other tools read: JSON lines, a header and then the events in their order.
 * docs/traces.md tells every member. The header holds the case, so a file can be replayed exactly.
 */
import type { Case, Failure, Outcome } from './case.ts';
import { planPartProblem } from './plan-shape.ts';
import type { TracedEvent, TraceEvent } from './trace-event.ts';
import {
  eventProblem,
  type Fields,
  isObject,
  keptProblem,
  oneOf,
  optional,
  problemOf,
  type Shape,
  text,
  whole,
} from './trace-shape.ts';

export const TRACE_FORMAT = 'synod-trace';
export const TRACE_VERSION = 1;

export interface TraceFile {
  readonly case: Case;
  readonly replicas: number;
  /** All that was drawn, for readers: knobs come and go, a file of old is still told. */
  readonly plan: Fields;
  readonly failure: Failure | undefined;
  /** How many events the world ran: deliveries, timers, disk completions. */
  readonly steps: number;
  readonly traceHash: string;
  readonly trace: readonly TracedEvent[];
}

interface Header {
  readonly format: typeof TRACE_FORMAT;
  readonly version: typeof TRACE_VERSION;
  readonly case: Case;
  readonly replicas: number;
  readonly plan: Fields;
  readonly failure: Failure | null;
  readonly steps: number;
  readonly traceHash: string;
  readonly events: number;
}

export function traceFileOf(tried: Case, outcome: Outcome): TraceFile {
  const { events, failure, plan, trace, traceHash } = outcome;
  const { replicas } = plan;
  return { case: tried, replicas, plan: { ...plan }, failure, steps: events, traceHash, trace };
}

/** `parseTrace` gives the same again. */
export function formatTrace(file: TraceFile): string {
  const { case: tried, failure = null, plan, replicas, steps, trace, traceHash } = file;
  const header: Header = {
    format: TRACE_FORMAT,
    version: TRACE_VERSION,
    case: tried,
    replicas,
    plan,
    failure,
    steps,
    traceHash,
    events: trace.length,
  };
  const lines = trace.map(({ atMs, event }) => JSON.stringify({ atMs, ...event }));
  return `${[JSON.stringify(header), ...lines].join('\n')}\n`;
}

/** Throws, with the line's number, where the text is no trace. */
export function parseTrace(file: string): TraceFile {
  const [first = '', ...rest] = file.replace(/\n$/, '').split('\n');
  const header = atLine(1, () => headerOf(JSON.parse(first)));
  const sent = new Set<number>();
  let nowMs = 0;
  const trace = rest.map((line, index) =>
    atLine(index + 2, () => {
      const traced = tracedOf(JSON.parse(line));
      refuseIf(traced.atMs < nowMs, 'time goes back');
      nowMs = traced.atMs;
      checkMessage(traced.event, sent);
      return traced;
    }),
  );
  refuseIf(trace.length !== header.events, `${trace.length} events, not ${header.events}`);
  const { case: tried, failure, plan, replicas, steps, traceHash } = header;
  return { case: tried, replicas, plan, failure: failure ?? undefined, steps, traceHash, trace };
}

/** What arrives or is lost was sent before. */
function checkMessage(event: TraceEvent, sent: Set<number>): void {
  if (event.type === 'sent') {
    refuseIf(sent.has(event.message), `message ${event.message} is sent twice`);
    sent.add(event.message);
  }
  if (event.type !== 'lost' && event.type !== 'delivered') return;
  refuseIf(!sent.has(event.message), `message ${event.message} was never sent`);
}

function tracedOf(value: unknown): TracedEvent {
  if (!isObject(value)) throw new Error('not an object');
  const { atMs, ...event } = value;
  if (typeof atMs !== 'number' || !(atMs >= 0)) throw new Error('atMs: not a number from 0');
  if (!isEvent(event)) throw new Error(eventProblem(event));
  return { atMs, event };
}

function isEvent(value: unknown): value is TraceEvent {
  return eventProblem(value) === undefined;
}

function headerOf(value: unknown): Header {
  if (!isHeader(value)) throw new Error(headerProblem(value));
  return value;
}

function isHeader(value: unknown): value is Header {
  return headerProblem(value) === undefined;
}

function headerProblem(value: unknown): string | undefined {
  return problemOf(HEADER, value);
}

const FAILURE: Shape<Failure> = {
  invariant: text,
  rule: text,
  detail: text,
  stack: optional(text),
};

const CASE: Shape<Case> = {
  seed: whole,
  replicas: optional(whole),
  minEvents: optional(whole),
  plan: optional(planPartProblem),
  kept: optional(keptProblem),
};

const HEADER: Shape<Header> = {
  format: oneOf([TRACE_FORMAT]),
  version: (value) => (value === TRACE_VERSION ? undefined : 'unknown'),
  case: (value) => problemOf(CASE, value),
  replicas: whole,
  plan: (value) => (isObject(value) ? undefined : 'not an object'),
  failure: (value) => (value === null ? undefined : problemOf(FAILURE, value)),
  steps: whole,
  traceHash: text,
  events: whole,
};

function atLine<T>(line: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new Error(`line ${line} of the trace: ${problem}`, { cause: error });
  }
}

function refuseIf(isWrong: boolean, problem: string): void {
  if (isWrong) throw new Error(problem);
}
