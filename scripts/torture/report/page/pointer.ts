/** The pointer and the wheel upon charts. */
import type { Board, Placed } from './board.ts';
import { make } from './dom.ts';
import type { Stage } from './stage.ts';
import { hideTooltip, showTooltip } from './tooltip.ts';

/** What moves less was a click. */
const CLICK_PX = 4;
const WHEEL_STEP = 0.0016;

interface Drag {
  readonly fromX: number;
  readonly brush: HTMLElement | undefined;
  lastX: number;
  isMoved: boolean;
}

/** `onClick`: at a place of a canvas. */
export function followPointer(
  stage: Stage,
  board: Board,
  onClick: (place: Placed, x: number, y: number) => void,
): void {
  for (const place of board.placed) {
    const { canvas } = place;
    let drag: Drag | undefined;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      hideTooltip();
      drag = beginDrag(stage, place, event);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (drag === undefined) hover(board, place, event);
      else moveDrag(stage, place, drag, event.offsetX);
    });
    canvas.addEventListener('pointerup', (event) => {
      if (drag === undefined) return;
      if (drag.isMoved) endDrag(stage, place, drag);
      else onClick(place, event.offsetX, event.offsetY);
      drag.brush?.remove();
      drag = undefined;
    });
    canvas.addEventListener('pointercancel', () => {
      drag?.brush?.remove();
      drag = undefined;
    });
    canvas.addEventListener('pointerleave', () => {
      hideTooltip();
      board.point(undefined);
    });
    canvas.addEventListener('wheel', (event) => turn(stage, place, event), { passive: false });
  }
}

function hover(board: Board, { chart, pen }: Placed, event: PointerEvent): void {
  if (pen === undefined) return;
  const { offsetX: x, offsetY: y } = event;
  const isInside = x >= pen.plot.left && x <= pen.plot.right;
  board.point(isInside && chart.showsWhole !== true ? pen.us(x) : undefined);
  const description = isInside ? chart.describe(pen, x, y) : undefined;
  if (description === undefined) hideTooltip();
  else showTooltip(description, event.clientX, event.clientY);
}

/** In the overview, what lies outside of the part that is shown is chosen anew. */
function beginDrag(stage: Stage, { chart, canvas, pen }: Placed, event: PointerEvent): Drag {
  const us = pen?.us(event.offsetX) ?? 0;
  const { span, isWhole } = stage.view;
  const isOutside = isWhole || us < span.fromUs || us > span.toUs;
  const chooses = event.shiftKey || (chart.showsWhole === true && isOutside);
  const brush = chooses ? make('div', '', 'brush') : undefined;
  if (brush !== undefined) canvas.parentElement?.append(brush);
  return { fromX: event.offsetX, lastX: event.offsetX, brush, isMoved: false };
}

function moveDrag(stage: Stage, { chart, canvas, pen }: Placed, drag: Drag, x: number): void {
  if (Math.abs(x - drag.fromX) >= CLICK_PX) drag.isMoved = true;
  if (!drag.isMoved || pen === undefined) return;
  if (drag.brush === undefined) {
    const us = pen.us(x) - pen.us(drag.lastX);
    stage.view.pan(chart.showsWhole === true ? us : -us);
    stage.redraw();
  } else {
    drag.brush.style.left = `${Math.min(drag.fromX, x) + canvas.offsetLeft}px`;
    drag.brush.style.width = `${Math.abs(x - drag.fromX)}px`;
    drag.brush.style.top = `${canvas.offsetTop}px`;
    drag.brush.style.height = `${canvas.clientHeight}px`;
  }
  drag.lastX = x;
}

function endDrag(stage: Stage, { pen }: Placed, { brush, fromX, lastX }: Drag): void {
  if (brush === undefined || pen === undefined) return;
  const [fromUs, toUs] = [pen.us(Math.min(fromX, lastX)), pen.us(Math.max(fromX, lastX))];
  stage.view.show({ fromUs, toUs });
  stage.redraw();
}

/** Whoever only scrolls past is not held up: without Ctrl it zooms where the chart was clicked before. */
function turn(stage: Stage, { canvas, pen }: Placed, event: WheelEvent): void {
  if (pen === undefined) return;
  const { view } = stage;
  const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
  const zooms = event.ctrlKey || event.metaKey || document.activeElement === canvas;
  if (!isSideways && !zooms) return;
  if (!isSideways && view.isWhole && event.deltaY > 0 && !event.ctrlKey) return;
  event.preventDefault();
  if (isSideways) {
    const px = event.deltaX === 0 ? event.deltaY : event.deltaX;
    view.pan(pen.us(px) - pen.us(0));
  } else {
    view.zoom(Math.exp(event.deltaY * WHEEL_STEP), pen.us(event.offsetX));
  }
  stage.redraw();
}
