/** How many operations ended each second, stacked by their ending. */
import { drawLevel, drawTimeScale, faultLines, hatch, shadeFaults } from './ink.ts';
import { highestRate, longestUs, rateBuckets, type RateBuckets } from './rate-buckets.ts';
import type { Chart, Pen, Stage } from './stage.ts';
import {
  clockText,
  countText,
  durationText,
  roundStep,
  stepsWithin,
  timeStepUs,
} from './time-text.ts';

const HEIGHT_PX = 150;
const BUCKET_PX = 6;
const LEVEL_PX = 34;
/** Within less, one operation alone would look like a rate of thousands. */
const LEAST_BUCKET_US = 20_000;

export function rateChart(stage: Stage): Chart {
  const longest = longestUs(stage.run);
  const { faults, endUs } = stage.run.header;
  const bucketsOf = (pen: Pen): RateBuckets => {
    const { fromUs, toUs } = pen.span;
    const most = (pen.plot.right - pen.plot.left) / BUCKET_PX;
    const stepUs = Math.max(timeStepUs(toUs - fromUs, most), LEAST_BUCKET_US);
    return rateBuckets(stage.run, pen.span, stepUs, longest);
  };
  return {
    id: 'rate',
    marginTop: 8,
    marginBottom: 20,
    height: () => HEIGHT_PX,
    draw(pen) {
      shadeFaults(pen, faults, endUs);
      drawTimeScale(pen, pen.plot.bottom + 14);
      const buckets = bucketsOf(pen);
      const highest = Math.max(highestRate(buckets), 1);
      const { top, bottom } = pen.plot;
      const step = roundStep(highest / ((bottom - top) / LEVEL_PX));
      const y = (rate: number) => bottom - (rate / highest) * (bottom - top);
      for (const rate of stepsWithin(0, highest, step)) drawLevel(pen, y(rate), countText(rate));
      drawBuckets(pen, buckets, (bottom - top) / highest);
    },
    describe(pen, x) {
      const { stepUs, firstUs, counts } = bucketsOf(pen);
      const bucket = Math.floor((pen.us(x) - firstUs) / stepUs);
      const [ok, failed, unknown] = counts.map((column) => column[bucket] ?? 0);
      const rate = (count = 0) => `${countText((count * 1_000_000) / stepUs)} /s (${count})`;
      return {
        title: `${clockText(firstUs + bucket * stepUs, stepUs)} + ${durationText(stepUs)}`,
        lines: [
          ['ok', rate(ok)],
          ['failed', rate(failed)],
          ['unknown', rate(unknown)],
          ...faultLines(faults, endUs, pen.us(x), 0),
        ],
      };
    },
  };
}

function drawBuckets(pen: Pen, { counts, stepUs, firstUs }: RateBuckets, scale: number): void {
  const { context, palette, plot } = pen;
  const [ok, failed, unknown] = counts;
  const layers = [
    { column: ok, fill: palette.ok },
    { column: failed, fill: palette.failed },
    { column: unknown, fill: hatch(context, palette.unknown) },
  ];
  const perCount = (scale * 1_000_000) / stepUs;
  for (let bucket = 0; bucket < ok.length; bucket += 1) {
    const x = Math.max(pen.x(firstUs + bucket * stepUs), plot.left);
    const width = Math.min(pen.x(firstUs + (bucket + 1) * stepUs), plot.right) - x;
    let y = plot.bottom;
    for (const { column, fill } of layers) {
      const count = column[bucket] ?? 0;
      if (count === 0) continue;
      const high = Math.max(count * perCount, 1.5);
      context.fillStyle = fill;
      context.fillRect(x, y - high, Math.max(width - 0.5, 0.5), high);
      y -= high;
    }
  }
}
