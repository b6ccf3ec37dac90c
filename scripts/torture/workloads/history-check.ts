/** Checks of a workload's history, as a run records them. */
import type { HistoryEvent } from '../../../src/verify/history.ts';
import { checkHistory } from '../../../src/verify/linearizability.ts';
import type { Defined, Model } from '../../../src/verify/model.ts';
import type { Report } from '../../../src/verify/report.ts';
import type { Check, Finding } from '../run-record.ts';
import { USUAL_PACE, type Pace } from './pace.ts';

const RESULTS = {
  linearizable: 'passed',
  notLinearizable: 'failed',
  undecided: 'undecided',
} as const;

export function checkLinearizable<State extends Defined, Input, Output>(
  name: string,
  events: readonly HistoryEvent[],
  model: Model<State, Input, Output>,
): Check {
  const verdict = checkHistory(events, model);
  const { knownCalls, unknownCalls, keys } = verdict;
  return {
    name,
    result: RESULTS[verdict.type],
    text: `${knownCalls} calls with a known outcome and ${unknownCalls} without, on ${keys} keys`,
    findings: verdict.findings.map((text) => findingOf(text, events)),
  };
}

/** Of a promise that is no order: what was looked at is told, and each kind of violation that was found. */
export function checkPromise(name: string, report: Report): Check {
  const counted = Object.entries(report.counts).filter(([, count]) => count > 0);
  const text = counted.map(([what, count]) => `${what} ${count}`).join(', ');
  return { name, result: report.type, text, findings: report.findings };
}

export interface Enough {
  readonly name: string;
  /** Of what kind of call there have to be how many that took effect, at the usual pace. */
  readonly least: Readonly<Record<string, number>>;
  readonly pace: Pace;
  readonly isLenient: boolean;
}

/** That enough happened for the other checks to say anything. */
export function checkEnough(events: readonly HistoryEvent[], enough: Enough): Check {
  const { isLenient, pace } = enough;
  const counts = okCounts(events);
  const share = pace.callsPerSecond / USUAL_PACE.callsPerSecond;
  const parts = Object.entries(enough.least).map(([f, usual]) => {
    return { f, least: Math.ceil(usual * share), ok: counts.get(f) ?? 0 };
  });
  const tooFew = parts.filter(({ ok, least }) => ok < least);
  const text = parts.map(({ f, ok }) => `${ok} ${f}`).join(', ');
  const findings = tooFew.map(({ f, ok, least }) => ({
    text: `${ok} ${f}, not ${least} at least`,
  }));
  const result = tooFew.length === 0 ? 'passed' : isLenient ? 'skipped' : 'failed';
  const name = `${enough.name}: enough happened`;
  return { name, result, text, findings: result === 'failed' ? findings : [] };
}

function okCounts(events: readonly HistoryEvent[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { f, type } of events) {
    if (type === 'ok') counts.set(f, (counts.get(f) ?? 0) + 1);
  }
  return counts;
}

/** The first call that a finding names is that whose answer has no order. */
function findingOf(text: string, events: readonly HistoryEvent[]): Finding {
  const named = /process ([0-9]+): .* \(events ([0-9]+) to /.exec(text);
  const event = named === null ? undefined : events[Number(named[2]) - 1];
  return event === undefined ? { text } : { text, atUs: event.time, process: event.process };
}
