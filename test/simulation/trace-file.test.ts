import { describe, expect, test } from 'vitest';
import { runCase } from '../../src/simulation/case.ts';
import {
  formatTrace,
  parseTrace,
  type TraceFile,
  traceFileOf,
} from '../../src/simulation/trace-file.ts';
import { SAMPLE } from './trace-samples.ts';

const CASE = {
  seed: 7,
  replicas: 3,
  minEvents: 200,
  plan: { networkMs: 2 },
  kept: { loss: [0, 4], crash: [] },
};

const OUTCOME = runCase({ ...CASE, isRecording: true });

const FILE: TraceFile = {
  ...traceFileOf(CASE, OUTCOME),
  failure: { invariant: 'I1', rule: 'I1: agreement', detail: 'slot 5' },
  trace: SAMPLE,
};

/** The sample with a text in one line replaced. */
function spoiled(find: string, replace: string): string {
  const parts = formatTrace(FILE).split(find);
  expect(parts.length).toBeGreaterThan(1);
  const [first = '', ...rest] = parts;
  return first + replace + rest.join(find);
}

describe('a trace file', () => {
  test('is read as it was written', () => {
    expect(parseTrace(formatTrace(FILE))).toEqual(FILE);
  });

  test('has a header and a line for each event', () => {
    const lines = formatTrace(FILE).trimEnd().split('\n');
    expect(lines).toHaveLength(1 + SAMPLE.length);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ format: 'synod-trace', version: 1 });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ atMs: 0, type: 'replica', what: 'boot' });
  });

  test('of a whole world is read as it was written, and replays to the same hash', () => {
    const read = parseTrace(formatTrace(traceFileOf(CASE, OUTCOME)));
    expect(read.trace).toEqual(OUTCOME.trace);
    expect(runCase(read.case).traceHash).toBe(read.traceHash);
  });

  test.each([
    ['another format', '"synod-trace"', '"other"', 'line 1 of the trace: format'],
    ['another version', '"version":1', '"version":2', 'line 1 of the trace: version'],
    ['a seed that is no number', '"seed":7', '"seed":"7"', 'case: seed: not a whole number'],
    ['an unknown knob', '"networkMs":2', '"netMs":2', 'case: plan: netMs: unknown'],
    ['an unknown kind of choice', '"loss":[0,4]', '"luck":[0,4]', 'case: kept: luck'],
    ['a line that is no JSON', '"type":"invoke"', 'type', 'line 6 of the trace'],
    ['an unknown event', '"type":"invoke"', '"type":"ask"', 'line 6 of the trace: no event'],
    ['an unknown member', '"atMs":5,', '"atMs":5,"x":1,', 'unknown member "x"'],
    ['a member that is missing', '"why":"cut"', '"y":0', 'line 9 of the trace'],
    ['a wrong body', '"chosenUpTo":4}', '"chosenUpTo":-4}', 'body: chosenUpTo: not a whole'],
    ['a wrong ballot', '"ballot":"3.1"', '"ballot":"3"', 'not a ballot such as 3.1'],
    ['a link to nobody', '[[1,3]]', '[[1]]', 'links: not a pair'],
    ['time that goes back', '"atMs":12,', '"atMs":1,', 'time goes back'],
    ['an arrival of nothing', '"message":4,"repeated"', '"message":9,"repeated"', 'never sent'],
    ['a missing event', '"events":20', '"events":21', '20 events, not 21'],
  ])('with %s is refused', (_, find, replace, problem) => {
    expect(() => parseTrace(spoiled(find, replace))).toThrow(problem);
  });
});
