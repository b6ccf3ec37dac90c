/** The whole run, small: its rate, its faults, what findings point to, and the part that is shown. */
import { faultLines, shadeFaults } from './ink.ts';
import { highestRate, longestUs, rateBuckets, type RateBuckets } from './rate-buckets.ts';
import type { Chart, Pen, Stage } from './stage.ts';
import { clockText } from './time-text.ts';

const HEIGHT_PX = 54;
const BUCKETS = 400;

export function overviewChart(stage: Stage): Chart {
  const { run, view } = stage;
  const { faults, endUs } = run.header;
  const stepUs = view.wholeUs / BUCKETS;
  const buckets = rateBuckets(run, { fromUs: 0, toUs: view.wholeUs }, stepUs, longestUs(run));
  return {
    id: 'overview',
    showsWhole: true,
    marginTop: 8,
    marginBottom: 4,
    height: () => HEIGHT_PX,
    draw(pen) {
      shadeFaults(pen, faults, endUs);
      drawRate(pen, buckets);
      drawFindings(pen, stage);
      drawWindow(pen, stage);
    },
    describe(pen, x) {
      const us = Math.min(Math.max(pen.us(x), 0), view.wholeUs);
      return { title: clockText(us, 1000), lines: faultLines(faults, endUs, us, 0) };
    },
  };
}

function drawRate(pen: Pen, buckets: RateBuckets): void {
  const { context, palette, plot } = pen;
  const [ok, failed, unknown] = buckets.counts;
  const perRate = (plot.bottom - plot.top) / Math.max(highestRate(buckets), 1);
  const perCount = (perRate * 1_000_000) / buckets.stepUs;
  for (let bucket = 0; bucket < ok.length; bucket += 1) {
    const x = pen.x(bucket * buckets.stepUs);
    const width = pen.x((bucket + 1) * buckets.stepUs) - x;
    let y = plot.bottom;
    for (const [column, fill] of [
      [ok, palette.ok],
      [failed, palette.failed],
      [unknown, palette.unknown],
    ] as const) {
      const high = (column[bucket] ?? 0) * perCount;
      context.fillStyle = fill;
      context.fillRect(x, y - high, Math.min(width + 0.3, plot.right - x), high);
      y -= high;
    }
  }
}

function drawFindings(pen: Pen, { run }: Stage): void {
  const { context, palette, plot } = pen;
  context.fillStyle = palette.finding;
  for (const operation of run.marked) {
    const x = pen.x(run.columns.begin[operation] ?? 0);
    context.beginPath();
    context.moveTo(x - 5, 0);
    context.lineTo(x + 5, 0);
    context.lineTo(x, 8);
    context.fill();
    context.fillRect(x - 0.5, plot.top, 1, plot.bottom - plot.top);
  }
}

function drawWindow(pen: Pen, { view }: Stage): void {
  const { context, palette, plot } = pen;
  const left = pen.x(view.span.fromUs);
  const width = Math.max(pen.x(view.span.toUs) - left, 2);
  if (!view.isWhole) {
    context.fillStyle = palette.overlay;
    context.fillRect(left, plot.top, width, plot.bottom - plot.top);
  }
  context.strokeStyle = palette.accent;
  context.lineWidth = 2;
  context.strokeRect(left, plot.top, width, plot.bottom - plot.top);
}
