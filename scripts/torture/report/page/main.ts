/** The page's own script: reads what it was given, and wires the charts to what the reader does. */
import { followLinks } from './address.ts';
import { Board, type Placed } from './board.ts';
import { openPayload } from './columns.ts';
import { find, has } from './dom.ts';
import { latencyChart } from './latency.ts';
import { leadersChart } from './leaders.ts';
import { followButtons, followKeys } from './moves.ts';
import { overviewChart } from './overview.ts';
import { followPointer } from './pointer.ts';
import { rateChart } from './rate.ts';
import { linesChart } from './replica-lines.ts';
import { lagSeries, memorySeries } from './replica-series.ts';
import { firstBeginningFrom, openRun, type Run } from './run.ts';
import { Selection } from './selection.ts';
import type { Chart, Stage } from './stage.ts';
import { drawSwatches } from './swatches.ts';
import { followTheme } from './theme.ts';
import { clockText, countText, durationText } from './time-text.ts';
import { timelineChart, type Timeline } from './timeline.ts';
import { View } from './view.ts';

/** Of the height of the window: where an operation stands that a link led to. */
const EYE_LEVEL = 0.45;

async function readPayload(): Promise<Uint8Array> {
  const text = atob(find('payload', HTMLScriptElement).textContent ?? '');
  const packed = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) packed[at] = text.charCodeAt(at);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function chartsOf(stage: Stage, timeline: Timeline): readonly Chart[] {
  const { replicas } = stage.run.header;
  const always = [overviewChart(stage), timeline, rateChart(stage), latencyChart(stage)];
  if (!has('leaders')) return always;
  return [
    ...always,
    leadersChart(stage),
    linesChart(stage, 'lag', lagSeries(replicas)),
    linesChart(stage, 'memory', memorySeries(replicas)),
  ];
}

function openStage(run: Run): Stage {
  return {
    run,
    view: new View(run.header.endUs),
    theme: 'light',
    selected: undefined,
    hiddenCalls: new Set(),
    redraw: () => undefined,
  };
}

function tellSpan({ run, view }: Stage): void {
  const { fromUs, toUs } = view.span;
  const count = firstBeginningFrom(run, toUs + 1) - firstBeginningFrom(run, fromUs);
  const length = view.lengthUs;
  const step = length / 1000;
  find('span', HTMLOutputElement).textContent =
    `${clockText(fromUs, step)} – ${clockText(toUs, step)} (${durationText(length)}), ${countText(count)} operations`;
}

/** Draws at most once for each picture of the screen. */
function drawWhenAsked(stage: Stage, board: Board): void {
  let isAsked = false;
  stage.redraw = () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      board.draw();
      tellSpan(stage);
    });
  };
  new ResizeObserver(stage.redraw).observe(document.body);
  window.addEventListener('resize', stage.redraw);
  window.addEventListener('scroll', stage.redraw, { passive: true });
}

function scrollToRow(timeline: Timeline, operation: number | undefined): void {
  const { top } = find('timeline', HTMLCanvasElement).getBoundingClientRect();
  const middle = operation === undefined ? 0 : timeline.rowMiddle(operation);
  const eye = window.innerHeight * (operation === undefined ? 0.3 : EYE_LEVEL);
  window.scrollTo({ top: window.scrollY + top + middle - eye });
}

function choosePlace(stage: Stage, selection: Selection, timeline: Timeline) {
  return ({ chart, pen }: Placed, x: number, y: number): void => {
    if (pen === undefined) return;
    if (chart.showsWhole === true) {
      const { view } = stage;
      view.pan(pen.us(x) - (view.span.fromUs + view.span.toUs) / 2);
      stage.redraw();
    } else if (chart.id === timeline.id) {
      selection.choose(timeline.operationAt(pen, x, y));
    }
  };
}

async function main(): Promise<void> {
  const stage = openStage(openRun(openPayload(await readPayload())));
  const timeline = timelineChart(stage);
  const board = new Board(stage, chartsOf(stage, timeline));
  const selection = new Selection(stage);
  drawWhenAsked(stage, board);
  followTheme((theme) => {
    stage.theme = theme;
    drawSwatches(theme);
    stage.redraw();
  });
  followPointer(stage, board, choosePlace(stage, selection, timeline));
  followButtons(stage);
  followKeys(stage, selection);
  followLinks(stage, selection, (operation) => scrollToRow(timeline, operation));
  board.draw();
  tellSpan(stage);
  document.body.dataset['ready'] = 'yes';
}

await main();
