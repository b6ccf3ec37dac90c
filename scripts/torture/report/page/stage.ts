/** What all charts share. */
import type { Palette, Theme } from './palette.ts';
import type { Run } from './run.ts';
import type { Span, View } from './view.ts';

export interface Stage {
  readonly run: Run;
  readonly view: View;
  theme: Theme;
  selected: number | undefined;
  /** Calls that the chart of latencies leaves out. */
  readonly hiddenCalls: Set<number>;
  /** Soon, all that can be seen. */
  redraw: () => void;
}

export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** For one drawing of one chart. */
export interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly palette: Palette;
  readonly theme: Theme;
  readonly plot: Plot;
  readonly span: Span;
  x(us: number): number;
  us(x: number): number;
}

export interface Description {
  readonly title: string;
  readonly lines: readonly (readonly [string, string])[];
}

export interface Chart {
  /** Of its canvas. */
  readonly id: string;
  /** It shows the whole run, whatever part the others show. */
  readonly showsWhole?: boolean;
  /** Where its plot begins and ends, within the canvas. */
  readonly marginTop: number;
  readonly marginBottom: number;
  /** Of the whole canvas, in px. */
  height(): number;
  draw(pen: Pen): void;
  /** What stands at a place of the canvas; `undefined`: nothing to tell. */
  describe(pen: Pen, x: number, y: number): Description | undefined;
}
