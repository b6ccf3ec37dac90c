/** How things are drawn: patterns, texts, and what every chart has: its faults and its time scale. */
import { faultsAt, shadedRuns } from './fault-lanes.ts';
import type { FaultSpan } from './payload.ts';
import type { Pen } from './stage.ts';
import { clockText, durationText, stepsWithin, timeStepUs } from './time-text.ts';

export const FONT = "11px system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif";
const TICK_PX = 92;
const HATCH_PX = 6;
const LEAST_CHARS = 3;

const hatches = new Map<string, CanvasPattern>();

/** Slanted lines: what is not known. */
export function hatch(context: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  const known = hatches.get(colour);
  if (known !== undefined) return known;
  const tile = document.createElement('canvas');
  tile.width = HATCH_PX;
  tile.height = HATCH_PX;
  const pen = tile.getContext('2d');
  if (pen === null) return colour;
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.beginPath();
  for (const shift of [-HATCH_PX, 0, HATCH_PX]) {
    pen.moveTo(shift - 1, HATCH_PX + 1);
    pen.lineTo(shift + HATCH_PX + 1, -1);
  }
  pen.stroke();
  const pattern = context.createPattern(tile, 'repeat');
  if (pattern === null) return colour;
  hatches.set(colour, pattern);
  return pattern;
}

export function write(pen: Pen, text: string, x: number, y: number, colour: string): void {
  pen.context.fillStyle = colour;
  pen.context.fillText(text, x, y);
}

/** Only what has room; half a word says nothing. */
export function fitText(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (width <= 0) return '';
  const full = context.measureText(text).width;
  if (full <= width) return text;
  const share = width / full;
  const short = text.slice(0, Math.max(Math.floor(text.length * share) - 1, 0));
  return short.length < LEAST_CHARS ? '' : `${short}…`;
}

export function clipToPlot({ context, plot }: Pen): void {
  context.beginPath();
  context.rect(plot.left, 0, plot.right - plot.left, context.canvas.height);
  context.clip();
}

export function shadeFaults(pen: Pen, faults: readonly FaultSpan[], endUs: number): void {
  const { context, palette, plot, span } = pen;
  const width = Math.max(Math.floor(plot.right - plot.left), 1);
  const height = plot.bottom - plot.top;
  for (const [first, last] of shadedRuns(faults, endUs, span, width)) {
    context.fillStyle = palette.fault;
    context.fillRect(plot.left + first, plot.top, last - first + 1, height);
    context.fillStyle = palette.faultEdge;
    context.fillRect(plot.left + first, plot.top, 1, height);
    context.fillRect(plot.left + last, plot.top, 1, height);
  }
  context.fillStyle = palette.faultEdge;
  for (const { beginUs, endUs: end } of faults) {
    if (beginUs !== end || beginUs < span.fromUs || beginUs > span.toUs) continue;
    for (let y = plot.top; y < plot.bottom; y += 6) context.fillRect(pen.x(beginUs), y, 1, 3);
  }
}

/** Lines at round times across the plot, and their texts at `textY`. */
export function drawTimeScale(pen: Pen, textY: number): void {
  const { context, palette, plot, span } = pen;
  const step = timeStepUs(span.toUs - span.fromUs, (plot.right - plot.left) / TICK_PX);
  context.textAlign = 'center';
  for (const us of stepsWithin(span.fromUs, span.toUs, step)) {
    const x = Math.round(pen.x(us));
    context.fillStyle = palette.grid;
    context.fillRect(x, plot.top, 1, plot.bottom - plot.top);
    const text = clockText(us, step);
    const half = context.measureText(text).width / 2;
    if (x - half < plot.left - 20 || x + half > plot.right) continue;
    write(pen, text, x, textY, palette.muted);
  }
  context.textAlign = 'left';
}

/** A line across the plot with its text to the left of it. */
export function drawLevel(pen: Pen, y: number, text: string): void {
  const { context, palette, plot } = pen;
  context.fillStyle = palette.grid;
  context.fillRect(plot.left, Math.round(y), plot.right - plot.left, 1);
  context.textAlign = 'right';
  write(pen, text, plot.left - 6, y + 4, palette.muted);
  context.textAlign = 'left';
}

export function faultLines(
  faults: readonly FaultSpan[],
  endUs: number,
  us: number,
  nearUs: number,
): readonly (readonly [string, string])[] {
  return faultsAt(faults, endUs, us, nearUs).map(
    (fault) => [fault.fault, `${fault.text} (${faultTime(fault)})`] as const,
  );
}

export function faultTime({ beginUs, endUs }: FaultSpan): string {
  const at = clockText(beginUs, 1000);
  if (endUs === null) return `from ${at} to the end`;
  return endUs === beginUs ? `at ${at}` : `from ${at}, for ${durationText(endUs - beginUs)}`;
}
