/** What the charts show, without what draws them. */
import { describe, expect, it } from 'vitest';
import { operationsOf } from '../../../../scripts/torture/report/operations.ts';
import { openPayload } from '../../../../scripts/torture/report/page/columns.ts';
import {
  lanesOf,
  runsOf,
  shadedRuns,
} from '../../../../scripts/torture/report/page/fault-lanes.ts';
import {
  binUs,
  latencyBin,
  latencyBins,
  latencyLines,
} from '../../../../scripts/torture/report/page/latency-bins.ts';
import { longestUs, rateBuckets } from '../../../../scripts/torture/report/page/rate-buckets.ts';
import {
  ballotSteps,
  lagSeries,
  roleSegments,
} from '../../../../scripts/torture/report/page/replica-series.ts';
import {
  FAILED,
  nearestInRow,
  OK,
  rowMarks,
  UNKNOWN,
} from '../../../../scripts/torture/report/page/row-marks.ts';
import { endUsOf, neighbour, openRun } from '../../../../scripts/torture/report/page/run.ts';
import {
  clockText,
  durationText,
  stepsWithin,
  timeStepUs,
} from '../../../../scripts/torture/report/page/time-text.ts';
import { layOut, rowAt } from '../../../../scripts/torture/report/page/timeline-rows.ts';
import { View } from '../../../../scripts/torture/report/page/view.ts';
import { payloadBytes } from '../../../../scripts/torture/report/payload-writer.ts';
import { sampleRun } from './sample-run.ts';

const sample = sampleRun({ seconds: 20, callsPerSecond: 20, processesPerWorkload: 2 });
const run = openRun(openPayload(payloadBytes(sample, operationsOf(sample.histories), 100)));
const whole = { fromUs: 0, toUs: run.header.endUs };

describe('rows', () => {
  const row = run.rows[0] ?? new Uint32Array();

  it('each operation of a row is a bar, or leaves its mark in a column', () => {
    const width = 400;
    const { bars, columns } = rowMarks(run, row, whole, width);
    const isBar = new Set(bars);
    const bits = [OK, FAILED, UNKNOWN, UNKNOWN];
    for (const operation of row) {
      const column = Math.floor(((run.columns.begin[operation] ?? 0) * width) / whole.toUs);
      const bit = bits[run.columns.ending[operation] ?? 0] ?? 0;
      const isMarked = ((columns[column] ?? 0) & bit) !== 0;
      expect(isBar.has(operation) || isMarked).toBe(true);
    }
    expect(bars.length).toBeGreaterThan(0);
    expect(bars.length).toBeLessThan(row.length);
  });

  it('a part of the run holds what reaches into it', () => {
    const longest = row.reduce((best, one) =>
      (run.columns.duration[one] ?? 0) > (run.columns.duration[best] ?? 0) ? one : best,
    );
    const middle = ((run.columns.begin[longest] ?? 0) + endUsOf(run.columns, longest)) / 2;
    const { bars } = rowMarks(run, row, { fromUs: middle, toUs: middle + 1000 }, 500);
    expect(bars).toEqual([longest]);
  });

  it('what did not end well comes first under the pointer', () => {
    const bad = row.find((operation) => run.columns.ending[operation] !== 0) ?? -1;
    const us = run.columns.begin[bad] ?? 0;
    expect(nearestInRow(run, row, us, 100_000)?.operation).toBe(bad);
    expect(nearestInRow(run, row, run.header.endUs * 2, 10)).toBeUndefined();
    expect(neighbour(run, neighbour(run, bad, 1) ?? -1, -1)).toBe(bad);
  });

  it('stand below each other, under the name of their workload', () => {
    const layout = layOut(run.header.rows, 40);
    expect(layout.headings.map(({ workload }) => workload)).toEqual(['register', 'set', 'bank']);
    for (const { top, row: index } of layout.rows) expect(rowAt(layout, top)?.row).toBe(index);
    expect(rowAt(layout, 41)).toBeUndefined();
  });
});

describe('latency and rate', () => {
  it('quantiles are those of all durations, but for the width of a bin', () => {
    const [line] = latencyLines(run, latencyBins(run), whole, whole.toUs * 2);
    const [bucket] = line?.buckets ?? [];
    const durations = [...run.columns.duration]
      .filter((_, at) => run.columns.f[at] === line?.f && run.columns.ending[at] === 0)
      .toSorted((a, b) => a - b);
    expect(bucket?.count).toBe(durations.length);
    const median = durations[Math.ceil(durations.length / 2) - 1] ?? 0;
    expect(Math.abs(Math.log10((bucket?.p50Us ?? 0) / median))).toBeLessThan(1 / 24);
    expect(latencyBin(binUs(77))).toBe(77);
    expect(latencyBin(0)).toBe(0);
  });

  it('every operation that ended is counted once', () => {
    const { counts } = rateBuckets(run, whole, 1_000_000, longestUs(run));
    const sums = counts.map((column) => column.reduce((sum, one) => sum + one, 0));
    const { ok, failed, unknown } = sample.verdict.operations;
    expect(sums).toEqual([ok, failed, unknown]);
  });
});

describe('faults', () => {
  const fault = { fault: 'N5', text: 'isolate', replicas: [1] };
  const faults = [
    { ...fault, beginUs: 0, endUs: 10 },
    { ...fault, beginUs: 5, endUs: 5 },
    { ...fault, beginUs: 8, endUs: null },
    { ...fault, beginUs: 20, endUs: 30 },
  ];
  it('lie beside each other while they last together', () => {
    expect(lanesOf(faults, 100)).toEqual([0, 1, 1, 0]);
  });
  it('shade each pixel once', () => {
    const span = { fromUs: 0, toUs: 100 };
    expect(shadedRuns(faults.slice(0, 2), 100, span, 100)).toEqual([[0, 10]]);
    expect(shadedRuns(faults, 100, span, 50)).toEqual([[0, 49]]);
    expect(runsOf(Uint8Array.of(1, 0, 1, 1), (value) => value === 1)).toEqual([
      [0, 0],
      [2, 3],
    ]);
  });
});

describe('replicas', () => {
  const samples = {
    replica: 1,
    timeUs: [0, 1e6, 2e6, 3e6, 9e6],
    role: ['follower', 'follower', 'leader', 'leader', 'leader'],
    leader: [2, 2, 1, 1, 1],
    ballot: ['1.2', '1.2', '2.1', '2.1', '2.1'],
    chosenUpTo: [1, 2, 3, 4, 5],
    residentMiB: [1, null, 1, 1, 1],
  };
  it('a role lasts until the next, and a silence is a gap', () => {
    expect(roleSegments(samples)).toEqual([
      { fromUs: 0, toUs: 2e6, role: 'follower', leader: 2 },
      { fromUs: 2e6, toUs: 3e6, role: 'leader', leader: 1 },
      { fromUs: 9e6, toUs: 9e6, role: 'leader', leader: 1 },
    ]);
    expect(ballotSteps(samples).map(({ atUs, text }) => [atUs, text])).toEqual([
      [0, '1.2'],
      [2e6, '2.1'],
    ]);
  });
  it('is behind what any had told of by then', () => {
    const other = { ...samples, replica: 2, chosenUpTo: [0, 0, 9, 9, 9] };
    expect(lagSeries([samples, other]).map(({ values }) => values)).toEqual([
      [0, 0, 6, 5, 4],
      [1, 2, 0, 0, 0],
    ]);
  });
});

describe('time', () => {
  it('is written as people read it', () => {
    expect([7, 1500, 15_000, 2_500_000, 125_000_000].map(durationText)).toEqual([
      '7 µs',
      '1.5 ms',
      '15 ms',
      '2.5 s',
      '2 min 5 s',
    ]);
    expect(clockText(62_345_678)).toBe('1:02.345678');
    expect(clockText(62_345_678, 1_000_000)).toBe('1:02');
  });
  it('has round steps', () => {
    expect(timeStepUs(60e6, 12)).toBe(5e6);
    expect(timeStepUs(100, 10)).toBe(10);
    expect(stepsWithin(12, 31, 10)).toEqual([20, 30]);
  });
  it('zooms around the pointer, and stays within the run', () => {
    const view = new View(1000);
    view.zoom(0.5, 250);
    expect(view.span).toEqual({ fromUs: 125, toUs: 625 });
    view.pan(-500);
    expect(view.span).toEqual({ fromUs: 0, toUs: 500 });
    view.zoom(10, 100);
    expect([view.span, view.isWhole]).toEqual([{ fromUs: 0, toUs: 1000 }, true]);
    view.show({ fromUs: 500, toUs: 500 });
    expect(view.lengthUs).toBe(50);
  });
});
