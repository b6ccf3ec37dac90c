/** One line for each replica: how far it is behind, and its memory. */
import { find, make } from './dom.ts';
import { clipToPlot, drawLevel, drawTimeScale, faultLines, shadeFaults } from './ink.ts';
import { seriesColour, seriesDash } from './palette.ts';
import { lastBefore, type Series } from './replica-series.ts';
import type { Chart, Pen, Stage } from './stage.ts';
import { clockText, countText, roundStep, stepsWithin } from './time-text.ts';

const HEIGHT_PX = 120;
const LEVEL_PX = 34;

/** `index`: of the replica's colour and dash, the same in all charts. */
export function replicaIndex(stage: Stage, replica: number): number {
  return Math.max(
    stage.run.header.replicas.findIndex((samples) => samples.replica === replica),
    0,
  );
}

export function linesChart(stage: Stage, id: string, all: readonly Series[]): Chart {
  const { faults, endUs } = stage.run.header;
  drawLegend(stage, id, all);
  return {
    id,
    marginTop: 8,
    marginBottom: 20,
    height: () => HEIGHT_PX,
    draw(pen) {
      shadeFaults(pen, faults, endUs);
      drawTimeScale(pen, pen.plot.bottom + 14);
      const { top, bottom } = pen.plot;
      const highest = Math.max(...all.map((series) => highestIn(series, pen)), 4) * 1.08;
      const y = (value: number) => bottom - (value / highest) * (bottom - top);
      const step = roundStep(highest / ((bottom - top) / LEVEL_PX));
      for (const value of stepsWithin(0, highest, step)) drawLevel(pen, y(value), countText(value));
      pen.context.save();
      clipToPlot(pen);
      for (const series of all) drawSeries(pen, series, replicaIndex(stage, series.replica), y);
      pen.context.restore();
    },
    describe(pen, x) {
      const us = pen.us(x);
      const lines = all.map((series) => [series.name, valueAt(series, us)] as const);
      return { title: clockText(us, 1000), lines: [...lines, ...faultLines(faults, endUs, us, 0)] };
    },
  };
}

function valueAt({ timeUs, values, silenceUs }: Series, us: number): string {
  const at = lastBefore(timeUs, us);
  const value = values[at] ?? null;
  const isOld = us - (timeUs[at] ?? -Infinity) > silenceUs;
  return value === null || isOld ? 'no answer' : countText(value);
}

function highestIn({ timeUs, values }: Series, { span }: Pen): number {
  let highest = 0;
  for (let at = Math.max(lastBefore(timeUs, span.fromUs), 0); at < timeUs.length; at += 1) {
    if ((timeUs[at] ?? 0) > span.toUs) break;
    highest = Math.max(highest, values[at] ?? 0);
  }
  return highest;
}

function drawSeries(pen: Pen, series: Series, index: number, y: (value: number) => number): void {
  const { context, theme, span } = pen;
  const { timeUs, values, silenceUs } = series;
  context.strokeStyle = seriesColour(theme, index);
  context.setLineDash(seriesDash(index));
  context.lineWidth = 1.6;
  context.beginPath();
  let lastUs = -Infinity;
  for (let at = Math.max(lastBefore(timeUs, span.fromUs), 0); at < timeUs.length; at += 1) {
    const us = timeUs[at] ?? 0;
    const value = values[at] ?? null;
    if (value === null) continue;
    if (us - lastUs > silenceUs) context.moveTo(pen.x(us), y(value));
    else context.lineTo(pen.x(us), y(value));
    lastUs = us;
    if (us > span.toUs) break;
  }
  context.stroke();
  context.setLineDash([]);
}

function drawLegend(stage: Stage, id: string, all: readonly Series[]): void {
  const legend = find(`${id}-legend`, HTMLElement);
  for (const { name, replica } of all) {
    const entry = make('span', name);
    const swatch = make('canvas', '', 'swatch');
    swatch.dataset['series'] = String(replicaIndex(stage, replica));
    entry.prepend(swatch, ' ');
    legend.append(entry);
  }
}
