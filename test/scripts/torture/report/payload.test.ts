/** What the report writes of a run is what its page reads. */
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { HistoryEvent } from '../../../../src/verify/history.ts';
import type { RunRecord } from '../../../../scripts/torture/run-record.ts';
import { operationsOf } from '../../../../scripts/torture/report/operations.ts';
import { openPayload } from '../../../../scripts/torture/report/page/columns.ts';
import { detailsOf, openRun, operationAt } from '../../../../scripts/torture/report/page/run.ts';
import { payloadBytes, writePayload } from '../../../../scripts/torture/report/payload-writer.ts';
import { EVIL_KEY, sampleRun } from './sample-run.ts';

const small = sampleRun({ seconds: 12, callsPerSecond: 10, processesPerWorkload: 2 });

function withHistory(events: readonly HistoryEvent[]): RunRecord {
  return { ...small, histories: new Map([['register', events]]), faults: [], samples: [] };
}

function opened(run: RunRecord, textChars = 240) {
  return openRun(openPayload(payloadBytes(run, operationsOf(run.histories), textChars)));
}

it('every operation comes back, in the order in which they began', () => {
  const run = openRun(openPayload(gunzipSync(Buffer.from(writePayload(small), 'base64'))));
  const operations = operationsOf(small.histories);
  expect(operations.length).toBeGreaterThan(200);
  expect(run.header.count).toBe(operations.length);
  const read = operations.map((_, index) => detailsOf(run, index));
  expect(read).toEqual(
    operations.map(({ asked, got, endUs = 0, beginUs, error, ending, ...rest }, operation) => ({
      ...rest,
      operation,
      beginUs,
      durationUs: endUs - beginUs,
      ending,
      asked: JSON.stringify(asked),
      got:
        ending === 'ok' && (asked === null || JSON.stringify(got) !== JSON.stringify(asked))
          ? JSON.stringify(got)
          : '',
      error: error ?? '',
    })),
  );
});

it('rows are the processes, by workload, and findings point into them', () => {
  const run = opened(small);
  expect(run.header.rows).toEqual([
    { workload: 'register', process: 0 },
    { workload: 'register', process: 1 },
    { workload: 'set', process: 2 },
    { workload: 'set', process: 3 },
    { workload: 'bank', process: 4 },
    { workload: 'bank', process: 5 },
  ]);
  const [first] = run.header.findings;
  const operation = first === undefined ? undefined : operationAt(run, first);
  expect(operation).toBeDefined();
  expect(run.marked.has(operation ?? -1)).toBe(true);
  expect(detailsOf(run, operation ?? -1)).toMatchObject({ f: 'read', beginUs: first?.atUs });
});

const call = { process: 7, f: 'write', key: EVIL_KEY, value: 1 };

it('tells endings apart: also of what never ended, and of what was given up', () => {
  const run = opened(
    withHistory([
      { ...call, type: 'invoke', time: 10 },
      { ...call, type: 'invoke', time: 30 },
      { ...call, type: 'fail', time: 45, error: '503 no_leader' },
      { ...call, type: 'invoke', time: 50 },
      { process: 8, f: 'read', key: 'x', value: 5, type: 'ok', time: 60 },
      { ...call, process: 9, type: 'invoke', time: 70 },
      { ...call, process: 9, type: 'info', time: 8_000_000_000, error: 'time-out' },
    ]),
  );
  const read = [0, 1, 2, 3, 4].map((index) => detailsOf(run, index));
  expect(read.map(({ ending, durationUs }) => [ending, durationUs])).toEqual([
    ['unknown', 20],
    ['failed', 15],
    ['open', 7_999_999_950],
    ['ok', 0],
    ['unknown', 7_999_999_930],
  ]);
  expect(read[1]).toMatchObject({ key: EVIL_KEY, error: '503 no_leader', replica: undefined });
  expect(run.header.endUs).toBe(8_000_000_000);
});

it('cuts long values off, and says how long they were', () => {
  const value = Array.from({ length: 1000 }, (_, index) => index);
  const events = [
    { ...call, value, type: 'invoke', time: 1 },
    { ...call, value, type: 'ok', time: 2 },
  ] as const;
  const { asked } = detailsOf(opened(withHistory(events), 20), 0);
  expect(asked).toBe('[0,1,2,3,4,5,6,7,8,9… (3891 characters)');
});

it('holds a run in which nothing happened', () => {
  const run = opened(withHistory([]));
  expect([run.header.count, run.header.endUs, run.rows]).toEqual([0, 0, []]);
});
