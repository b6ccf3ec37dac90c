/** Every operation, one row for each process, and the faults in lanes above them. */
import { faultEndUs, lanesOf, runsOf } from './fault-lanes.ts';
import { clipToPlot, drawTimeScale, faultLines, fitText, shadeFaults, write } from './ink.ts';
import {
  drawFailed,
  drawFlag,
  drawLabel,
  drawOk,
  drawSelection,
  drawUnknown,
  type Box,
} from './operation-shapes.ts';
import { hatch } from './ink.ts';
import { describeOperation, operationText } from './operation-text.ts';
import { detailsOf, endUsOf } from './run.ts';
import { FAILED, nearestInRow, OK, rowMarks, UNKNOWN } from './row-marks.ts';
import type { Chart, Description, Pen, Stage } from './stage.ts';
import { AXIS_PX, FAULT_LANE_PX, layOut, rowAt, type PlacedRow } from './timeline-rows.ts';

const REACH_PX = 4;
const LABEL_PX = 56;

export interface Timeline extends Chart {
  /** `undefined`: there is none near. */
  operationAt(pen: Pen, x: number, y: number): number | undefined;
  /** The middle of its row, from the top of the canvas. */
  rowMiddle(operation: number): number;
}

export function timelineChart(stage: Stage): Timeline {
  const { header, rows } = stage.run;
  const lanes = lanesOf(header.faults, header.endUs);
  const laneCount = Math.max(...lanes, -1) + 1;
  const layout = layOut(header.rows, AXIS_PX + laneCount * FAULT_LANE_PX + 4);
  const nearest = (pen: Pen, x: number, y: number) => {
    const placed = rowAt(layout, y);
    const row = placed === undefined ? undefined : rows[placed.row];
    const reachUs = pen.us(REACH_PX) - pen.us(0);
    return row === undefined ? undefined : nearestInRow(stage.run, row, pen.us(x), reachUs);
  };
  return {
    id: 'timeline',
    marginTop: AXIS_PX,
    marginBottom: 0,
    height: () => layout.height,
    draw(pen) {
      shadeFaults(pen, header.faults, header.endUs);
      drawTimeScale(pen, AXIS_PX - 8);
      drawFaultLanes(pen, stage, lanes);
      for (const { workload, top } of layout.headings) drawHeading(pen, workload, top);
      for (const row of layout.rows) drawRow(pen, stage, row, layout.rowPx);
    },
    describe(pen, x, y) {
      const found = nearest(pen, x, y);
      const faults = describeFaults(pen, stage, x);
      if (found === undefined) return faults;
      const told = describeOperation(stage.run, found.operation, found.others);
      return { ...told, lines: [...told.lines, ...(faults?.lines ?? [])] };
    },
    operationAt: (pen, x, y) => nearest(pen, x, y)?.operation,
    rowMiddle(operation) {
      const row = layout.rows[stage.run.columns.row[operation] ?? 0];
      return (row?.top ?? 0) + layout.rowPx / 2;
    },
  };
}

function describeFaults(pen: Pen, stage: Stage, x: number): Description | undefined {
  const { faults, endUs } = stage.run.header;
  const nearUs = pen.us(REACH_PX) - pen.us(0);
  const lines = faultLines(faults, endUs, pen.us(x), nearUs);
  return lines.length === 0 ? undefined : { title: 'Faults', lines };
}

function drawFaultLanes(pen: Pen, stage: Stage, lanes: readonly number[]): void {
  const { context, palette, span, plot } = pen;
  const { faults, endUs } = stage.run.header;
  context.save();
  clipToPlot(pen);
  for (const [index, fault] of faults.entries()) {
    const toUs = faultEndUs(fault, endUs);
    if (toUs < span.fromUs || fault.beginUs > span.toUs) continue;
    const y = AXIS_PX + (lanes[index] ?? 0) * FAULT_LANE_PX;
    const x = Math.max(pen.x(fault.beginUs), plot.left);
    const width = Math.max(Math.min(pen.x(toUs), plot.right) - x, 2);
    context.fillStyle = palette.faultBar;
    if (fault.beginUs === fault.endUs) drawDiamond(context, x, y + FAULT_LANE_PX / 2);
    else context.fillRect(x, y + 1, width - 1, FAULT_LANE_PX - 3);
    const text = fitText(context, `${fault.fault} ${fault.text}`, width - 8);
    if (width > 26 && text !== '') write(pen, text, x + 4, y + 12, palette.onColour);
  }
  context.restore();
}

function drawDiamond(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  context.moveTo(x, y - 6);
  context.lineTo(x + 5, y);
  context.lineTo(x, y + 6);
  context.lineTo(x - 5, y);
  context.fill();
}

function drawHeading(pen: Pen, workload: string, top: number): void {
  const { context, palette, plot } = pen;
  context.fillStyle = palette.line;
  context.fillRect(0, top + 3, plot.right, 1);
  context.font = `600 ${context.font}`;
  write(pen, workload, 2, top + 17, palette.text);
  context.font = context.font.replace('600 ', '');
}

function drawRow(pen: Pen, stage: Stage, placed: PlacedRow, rowPx: number): void {
  const { context, palette, plot, span } = pen;
  const { run } = stage;
  const row = run.rows[placed.row];
  if (row === undefined) return;
  const middle = placed.top + rowPx / 2;
  context.textAlign = 'right';
  write(pen, String(placed.process), plot.left - 8, middle + 4, palette.muted);
  context.textAlign = 'left';
  context.fillStyle = palette.grid;
  context.fillRect(plot.left, Math.floor(middle), plot.right - plot.left, 1);
  context.save();
  clipToPlot(pen);
  const width = Math.max(Math.floor(plot.right - plot.left), 1);
  const { bars, columns } = rowMarks(run, row, span, width);
  drawColumns(pen, columns, placed.top + 1, rowPx - 2);
  const box = (operation: number) => boxOf(pen, stage, operation, placed.top + 1, rowPx - 2);
  for (const operation of bars) drawBar(pen, stage, operation, box(operation));
  for (const operation of run.marked) {
    if (run.columns.row[operation] === placed.row) drawFlag(context, palette, box(operation));
  }
  const { selected } = stage;
  if (selected !== undefined && run.columns.row[selected] === placed.row) {
    drawSelection(context, palette, box(selected));
  }
  context.restore();
}

/** Cut off not far beyond the plot: a label starts where the bar is seen, and huge numbers draw badly. */
function boxOf(pen: Pen, stage: Stage, operation: number, y: number, height: number): Box {
  const { columns } = stage.run;
  const { plot } = pen;
  const x = Math.max(pen.x(columns.begin[operation] ?? 0), plot.left - 20);
  const end = Math.min(pen.x(endUsOf(columns, operation)), plot.right + 20);
  return { x, y, width: Math.max(end - x, 1), height };
}

function drawBar(pen: Pen, stage: Stage, operation: number, box: Box): void {
  const { context, palette } = pen;
  const details = detailsOf(stage.run, operation);
  const { ending } = details;
  if (ending === 'ok') drawOk(context, palette, box);
  else if (ending === 'failed') drawFailed(context, palette, box);
  else drawUnknown(context, palette, box);
  const hidden = Math.max(pen.plot.left - box.x, 0);
  const seen = { ...box, x: box.x + hidden, width: box.width - hidden };
  if (seen.width > LABEL_PX) {
    drawLabel(context, palette, seen, operationText(details), ending === 'ok');
  }
}

/** Where there are too many to tell apart: failed stand above, ok in the middle, unknown below. */
function drawColumns(pen: Pen, columns: Uint8Array, y: number, height: number): void {
  const { context, palette, plot } = pen;
  const third = Math.floor(height / 3);
  const strips = [
    { bit: OK, fill: palette.ok, top: y + third - 1, high: height - 2 * third + 2, least: 1 },
    { bit: FAILED, fill: palette.failed, top: y, high: third, least: 2 },
    {
      bit: UNKNOWN,
      fill: hatch(context, palette.unknown),
      top: y + height - third - 1,
      high: third + 1,
      least: 3,
    },
  ];
  for (const { bit, fill, top, high, least } of strips) {
    context.fillStyle = fill;
    for (const [first, last] of runsOf(columns, (value) => (value & bit) !== 0)) {
      context.fillRect(plot.left + first, top, Math.max(last - first + 1, least), high);
    }
  }
}
