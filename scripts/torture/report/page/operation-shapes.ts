/**
 * How an operation looks. Each ending has its own colour, its own fill and its own outline: ok is
 * full, failed is hollow with a cross, unknown is hatched and open to the right.
 */
import { fitText, hatch } from './ink.ts';
import type { Palette } from './palette.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Context = CanvasRenderingContext2D;

const LABEL_MIN_PX = 48;
const LABEL_MIN_HEIGHT_PX = 12;
const ARROW_PX = 5;

export function drawOk(context: Context, palette: Palette, { x, y, width, height }: Box): void {
  const inset = Math.round(height * 0.12);
  context.fillStyle = palette.ok;
  context.beginPath();
  context.roundRect(x, y + inset, width, height - 2 * inset, Math.min(3, width / 2));
  context.fill();
}

export function drawFailed(context: Context, palette: Palette, box: Box): void {
  const { x, y, width, height } = box;
  context.strokeStyle = palette.failed;
  context.lineWidth = 1.5;
  context.strokeRect(x + 0.75, y + 0.75, Math.max(width - 1.5, 1), height - 1.5);
  const size = Math.min(width, height) - 4;
  if (size < 3) return;
  const left = x + 2;
  context.beginPath();
  context.moveTo(left, y + 2);
  context.lineTo(left + size, y + 2 + size);
  context.moveTo(left + size, y + 2);
  context.lineTo(left, y + 2 + size);
  context.stroke();
}

export function drawUnknown(context: Context, palette: Palette, box: Box): void {
  const { x, y, width, height } = box;
  const end = x + width;
  context.fillStyle = hatch(context, palette.unknown);
  context.fillRect(x, y + 1, width, height - 2);
  context.strokeStyle = palette.unknown;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(end, y + 0.75);
  context.lineTo(x + 0.75, y + 0.75);
  context.lineTo(x + 0.75, y + height - 0.75);
  context.lineTo(end, y + height - 0.75);
  context.stroke();
  context.fillStyle = palette.unknown;
  context.beginPath();
  context.moveTo(end, y);
  context.lineTo(end + ARROW_PX, y + height / 2);
  context.lineTo(end, y + height);
  context.fill();
}

/** A flag above what a finding points to. */
export function drawFlag(context: Context, palette: Palette, { x, y, width, height }: Box): void {
  context.strokeStyle = palette.finding;
  context.lineWidth = 2;
  context.strokeRect(x - 1, y, Math.max(width, 3) + 2, height);
  context.fillStyle = palette.finding;
  context.beginPath();
  context.moveTo(x - 1, y - 7);
  context.lineTo(x + 8, y - 3.5);
  context.lineTo(x - 1, y);
  context.fill();
}

export function drawSelection(context: Context, palette: Palette, box: Box): void {
  const { x, y, width, height } = box;
  context.lineWidth = 5;
  context.strokeStyle = palette.card;
  context.strokeRect(x - 2, y - 1, Math.max(width, 3) + 4, height + 2);
  context.lineWidth = 2.5;
  context.strokeStyle = palette.text;
  context.strokeRect(x - 2, y - 1, Math.max(width, 3) + 4, height + 2);
}

/** On a plate, where the bar itself is not full. */
export function drawLabel(
  context: Context,
  palette: Palette,
  box: Box,
  text: string,
  isFull: boolean,
): void {
  const lead = isFull ? 5 : box.height + 1;
  const room = box.width - lead - 6;
  if (room < LABEL_MIN_PX || box.height < LABEL_MIN_HEIGHT_PX) return;
  const fitted = fitText(context, text, room);
  if (fitted === '') return;
  if (!isFull) {
    context.fillStyle = palette.card;
    const wide = context.measureText(fitted).width + 6;
    context.fillRect(box.x + lead - 3, box.y + 2, wide, box.height - 4);
  }
  context.fillStyle = isFull ? palette.onColour : palette.text;
  context.fillText(fitted, box.x + lead, box.y + box.height / 2 + 4);
}
