/** The little pictures of the legends, drawn by what draws the charts. */
import { drawFailed, drawFlag, drawOk, drawUnknown } from './operation-shapes.ts';
import { PALETTES, seriesColour, seriesDash, type Theme } from './palette.ts';

const WIDTH_PX = 30;
const HEIGHT_PX = 16;

export function drawSwatches(theme: Theme): void {
  for (const canvas of document.querySelectorAll<HTMLCanvasElement>('canvas.swatch')) {
    const context = canvas.getContext('2d');
    if (context === null) continue;
    const ratio = window.devicePixelRatio;
    canvas.width = WIDTH_PX * ratio;
    canvas.height = HEIGHT_PX * ratio;
    context.scale(ratio, ratio);
    drawSwatch(context, canvas.dataset, theme);
  }
}

function drawSwatch(context: CanvasRenderingContext2D, data: DOMStringMap, theme: Theme): void {
  const { swatch, series, replica } = data;
  if (series !== undefined) return drawDash(context, theme, Number(series));
  if (replica !== undefined) {
    context.fillStyle = seriesColour(theme, Number(replica));
    context.fillRect(0, 2, WIDTH_PX, HEIGHT_PX - 4);
    return;
  }
  const palette = PALETTES[theme];
  const box = { x: 1, y: 1, width: 28, height: 14 };
  if (swatch === 'ok') drawOk(context, palette, box);
  if (swatch === 'failed') drawFailed(context, palette, box);
  if (swatch === 'unknown') drawUnknown(context, palette, { ...box, width: 23 });
  if (swatch === 'finding')
    drawFlag(context, palette, { ...box, x: 3, y: 8, width: 22, height: 7 });
  if (swatch === 'fault') {
    context.fillStyle = palette.fault;
    context.fillRect(0, 0, WIDTH_PX, HEIGHT_PX);
    context.fillStyle = palette.faultBar;
    context.fillRect(0, 0, WIDTH_PX, 5);
  }
}

function drawDash(context: CanvasRenderingContext2D, theme: Theme, index: number): void {
  context.strokeStyle = seriesColour(theme, index);
  context.setLineDash(seriesDash(index));
  context.lineWidth = 2.2;
  context.beginPath();
  context.moveTo(0, HEIGHT_PX / 2);
  context.lineTo(WIDTH_PX, HEIGHT_PX / 2);
  context.stroke();
}
