/** All charts on their canvases: sizes, drawing what is in sight, and the moment under the pointer. */
import { find, make } from './dom.ts';
import { FONT } from './ink.ts';
import { PALETTES } from './palette.ts';
import type { Chart, Pen, Plot, Stage } from './stage.ts';
import type { Span } from './view.ts';

const GUTTER_PX = 62;
const NARROW_GUTTER_PX = 52;
const NARROW_PX = 560;
const RIGHT_PX = 8;

export interface Placed {
  readonly chart: Chart;
  readonly canvas: HTMLCanvasElement;
  readonly cursor: HTMLElement;
  /** Of the last drawing; `undefined` before the first. */
  pen: Pen | undefined;
}

export class Board {
  readonly placed: readonly Placed[];
  readonly #stage: Stage;

  constructor(stage: Stage, charts: readonly Chart[]) {
    this.#stage = stage;
    this.placed = charts.map((chart) => {
      const canvas = find(chart.id, HTMLCanvasElement);
      const cursor = make('div', '', 'cursor');
      cursor.hidden = true;
      canvas.parentElement?.append(cursor);
      canvas.style.height = `${chart.height()}px`;
      return { chart, canvas, cursor, pen: undefined };
    });
  }

  draw(): void {
    for (const place of this.placed) {
      const { top, bottom } = place.canvas.getBoundingClientRect();
      if (bottom < 0 || top > window.innerHeight) continue;
      this.#drawOne(place);
    }
  }

  penOf(id: string): Pen | undefined {
    return this.placed.find(({ chart }) => chart.id === id)?.pen;
  }

  /** A line through all charts; `undefined`: none. */
  point(us: number | undefined): void {
    for (const { pen, cursor, chart } of this.placed) {
      const x = us === undefined || chart.showsWhole === true ? undefined : pen?.x(us);
      cursor.hidden = x === undefined;
      if (x !== undefined) cursor.style.transform = `translateX(${Math.round(x)}px)`;
    }
  }

  #drawOne(place: Placed): void {
    const { chart, canvas } = place;
    const ratio = window.devicePixelRatio;
    const width = canvas.clientWidth;
    const height = chart.height();
    const context = canvas.getContext('2d');
    if (context === null || width === 0) return;
    // To set a size also wipes.
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    context.font = FONT;
    const plot = {
      left: width < NARROW_PX ? NARROW_GUTTER_PX : GUTTER_PX,
      right: width - RIGHT_PX,
      top: chart.marginTop,
      bottom: height - chart.marginBottom,
    };
    place.pen = penFor(this.#stage, context, plot, this.#spanOf(chart));
    chart.draw(place.pen);
  }

  #spanOf(chart: Chart): Span {
    const { view } = this.#stage;
    return chart.showsWhole === true ? { fromUs: 0, toUs: view.wholeUs } : view.span;
  }
}

function penFor(stage: Stage, context: CanvasRenderingContext2D, plot: Plot, span: Span): Pen {
  const scale = (plot.right - plot.left) / (span.toUs - span.fromUs);
  return {
    context,
    plot,
    span,
    theme: stage.theme,
    palette: PALETTES[stage.theme],
    x: (us) => plot.left + (us - span.fromUs) * scale,
    us: (x) => span.fromUs + (x - plot.left) / scale,
  };
}
