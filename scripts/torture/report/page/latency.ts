/**
 * Latency by call: with many operations their median and their 99th percentile, with few each one;
 * what did not end well always stands there itself.
 */
import { button, find, make } from './dom.ts';
import { clipToPlot, drawLevel, drawTimeScale, faultLines, shadeFaults } from './ink.ts';
import {
  LEAST_LATENCY_US,
  latencyBins,
  latencyLines,
  type LatencyBucket,
  type LatencyLine,
} from './latency-bins.ts';
import { seriesColour, seriesDash } from './palette.ts';
import { firstBeginningFrom, type Run } from './run.ts';
import { longestUs } from './rate-buckets.ts';
import type { Chart, Pen, Stage } from './stage.ts';
import { clockText, durationText, timeStepUs } from './time-text.ts';

const HEIGHT_PX = 240;
const BUCKET_PX = 9;
/** Up to so many operations in sight, each is drawn, and no line. */
const MAX_POINTS = 1500;

export function latencyChart(stage: Stage): Chart {
  const bins = latencyBins(stage.run);
  const scale = decadesOf(stage.run);
  const { faults, endUs, calls } = stage.run.header;
  const linesOf = (pen: Pen): readonly LatencyLine[] =>
    latencyLines(stage.run, bins, pen.span, stepOf(pen)).filter(
      ({ f }) => !stage.hiddenCalls.has(f),
    );
  drawLegend(stage);
  return {
    id: 'latency',
    marginTop: 8,
    marginBottom: 20,
    height: () => HEIGHT_PX,
    draw(pen) {
      shadeFaults(pen, faults, endUs);
      drawTimeScale(pen, pen.plot.bottom + 14);
      const y = logScale(pen, scale);
      for (let decade = scale.first; decade <= scale.last; decade += 1) {
        drawLevel(pen, y(10 ** decade), durationText(10 ** decade));
      }
      pen.context.save();
      clipToPlot(pen);
      const areFew = countInSight(stage, pen) <= MAX_POINTS;
      drawPoints(pen, stage, y, areFew);
      if (!areFew) for (const line of linesOf(pen)) drawLine(pen, line, stepOf(pen), y);
      pen.context.restore();
    },
    describe(pen, x) {
      const us = pen.us(x);
      const step = stepOf(pen);
      const lines = linesOf(pen).flatMap(({ f, buckets }) => {
        const bucket = buckets.find(({ fromUs }) => fromUs <= us && us < fromUs + step);
        return bucket === undefined ? [] : [[calls[f] ?? '', bucketText(bucket)] as const];
      });
      const title = `${clockText(us - (us % step), step)} + ${durationText(step)}`;
      return { title, lines: [...lines, ...faultLines(faults, endUs, us, 0)] };
    },
  };
}

function bucketText({ count, p50Us, p99Us }: LatencyBucket): string {
  return `p50 ${durationText(p50Us)}, p99 ${durationText(p99Us)} (${count} ok)`;
}

function stepOf({ plot, span }: Pen): number {
  return timeStepUs(span.toUs - span.fromUs, (plot.right - plot.left) / BUCKET_PX);
}

function countInSight({ run }: Stage, { span }: Pen): number {
  return firstBeginningFrom(run, span.toUs) - firstBeginningFrom(run, span.fromUs);
}

/** Powers of ten, in µs, between which all latencies of the run lie. */
interface Decades {
  readonly first: number;
  readonly last: number;
}

function decadesOf(run: Run): Decades {
  const shortest = run.columns.duration.reduce((least, us) => Math.min(least, us), Infinity);
  const first = Math.floor(Math.log10(Math.max(Math.min(shortest, 1000), LEAST_LATENCY_US)));
  return { first, last: Math.max(Math.ceil(Math.log10(longestUs(run) + 1)), first + 2) };
}

function logScale({ plot }: Pen, { first, last }: Decades): (us: number) => number {
  const perDecade = (plot.bottom - plot.top) / (last - first);
  return (us) => plot.bottom - (Math.log10(Math.max(us, 10 ** first)) - first) * perDecade;
}

function drawLine(
  pen: Pen,
  { f, buckets }: LatencyLine,
  stepUs: number,
  y: (us: number) => number,
): void {
  const { context, theme } = pen;
  const stroke = (width: number, alpha: number, value: (bucket: LatencyBucket) => number) => {
    context.strokeStyle = seriesColour(theme, f);
    context.setLineDash(seriesDash(f));
    context.lineWidth = width;
    context.globalAlpha = alpha;
    context.beginPath();
    let lastUs = -Infinity;
    for (const bucket of buckets) {
      const x = pen.x(bucket.fromUs + stepUs / 2);
      if (bucket.fromUs - lastUs > 3.5 * stepUs) context.moveTo(x - 1, y(value(bucket)));
      context.lineTo(x, y(value(bucket)));
      lastUs = bucket.fromUs;
    }
    context.stroke();
  };
  stroke(2.2, 1, ({ p50Us }) => p50Us);
  stroke(1.1, 0.75, ({ p99Us }) => p99Us);
  context.globalAlpha = 1;
  context.setLineDash([]);
}

/** A dot is ok, a cross failed, a diamond unknown. Of those that fall on one pixel, one is drawn. */
function drawPoints(pen: Pen, stage: Stage, y: (us: number) => number, withOk: boolean): void {
  const { columns } = stage.run;
  const { context, palette, theme, span } = pen;
  const drawn = new Set<number>();
  const end = firstBeginningFrom(stage.run, span.toUs);
  for (let at = firstBeginningFrom(stage.run, span.fromUs); at < end; at += 1) {
    const ending = columns.ending[at] ?? 0;
    const f = columns.f[at] ?? 0;
    if ((ending === 0 && !withOk) || stage.hiddenCalls.has(f)) continue;
    const px = Math.round(pen.x(columns.begin[at] ?? 0));
    const py = Math.round(y(columns.duration[at] ?? 0));
    const place = ((px * 4096 + py) * 4 + ending) * 64 + (f % 64);
    if (drawn.has(place)) continue;
    drawn.add(place);
    if (ending === 0) drawDot(context, px, py, seriesColour(theme, f));
    else if (ending === 1) drawCross(context, px, py, palette.failed);
    else drawDiamondMark(context, px, py, palette.unknown);
  }
}

function drawDot(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, 2, 0, 2 * Math.PI);
  context.fill();
}

function drawCross(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 1.2;
  context.beginPath();
  context.moveTo(x - 2.5, y - 2.5);
  context.lineTo(x + 2.5, y + 2.5);
  context.moveTo(x + 2.5, y - 2.5);
  context.lineTo(x - 2.5, y + 2.5);
  context.stroke();
}

function drawDiamondMark(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  colour: string,
): void {
  context.strokeStyle = colour;
  context.lineWidth = 1.4;
  context.beginPath();
  context.moveTo(x, y - 4);
  context.lineTo(x + 3.5, y);
  context.lineTo(x, y + 4);
  context.lineTo(x - 3.5, y);
  context.closePath();
  context.stroke();
}

/** A button for each call: pressed, it is shown. */
function drawLegend(stage: Stage): void {
  const legend = find('latency-legend', HTMLElement);
  for (const [f, name] of stage.run.header.calls.entries()) {
    if (name === '') continue;
    const toggle = button(name, `Show or hide ${name}`, () => {
      const isHidden = stage.hiddenCalls.delete(f);
      if (!isHidden) stage.hiddenCalls.add(f);
      toggle.setAttribute('aria-pressed', String(isHidden));
      stage.redraw();
    });
    toggle.setAttribute('aria-pressed', 'true');
    const swatch = make('canvas', '', 'swatch');
    swatch.dataset['series'] = String(f);
    toggle.prepend(swatch);
    legend.append(toggle);
  }
  legend.append(make('span', 'thick: median, thin: 99th percentile, × failed, ◇ unknown', 'muted'));
}
