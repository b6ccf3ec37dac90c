/** The chosen operation: what is told of it, and the ways to its neighbours. */
import { button, definitions, find, make } from './dom.ts';
import { operationLines, operationText } from './operation-text.ts';
import { detailsOf, endUsOf, firstBeginningFrom, neighbour, operationAt } from './run.ts';
import type { Stage } from './stage.ts';

/** What is shown has around it so many times its own length, and so many others on the average. */
const AROUND_LENGTHS = 12;
const AROUND_OPERATIONS = 30;

export class Selection {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  choose(operation: number | undefined): void {
    this.#stage.selected = operation;
    if (operation !== undefined) this.#remember(operation);
    this.#tell();
    this.#stage.redraw();
  }

  /** Chooses it, and shows the time around it. */
  show(operation: number): void {
    const { view, run } = this.#stage;
    const { columns } = run;
    const begin = columns.begin[operation] ?? 0;
    const end = endUsOf(columns, operation);
    const usual = (AROUND_OPERATIONS * view.wholeUs) / columns.begin.length;
    const around = Math.max((end - begin) * AROUND_LENGTHS, usual) / 2;
    const middle = (begin + end) / 2;
    view.show({ fromUs: middle - around, toUs: middle + around });
    this.choose(operation);
  }

  /** The next of the same process, or the one before. */
  step(by: number): void {
    const { selected, run } = this.#stage;
    const next = selected === undefined ? this.#first() : neighbour(run, selected, by);
    this.#chooseInSight(next);
  }

  /** What another process did then. */
  stepRow(by: number): void {
    const { selected, run } = this.#stage;
    if (selected === undefined) return this.#chooseInSight(this.#first());
    const row = run.header.rows[(run.columns.row[selected] ?? 0) + by];
    if (row === undefined) return;
    const place = { atUs: run.columns.begin[selected] ?? 0, process: row.process };
    this.#chooseInSight(operationAt(run, place));
  }

  /** The next of all that failed, or of which nothing is known. */
  stepToBad(): void {
    const { selected, run } = this.#stage;
    const from = selected === undefined ? this.#first() : selected + 1;
    const { ending } = run.columns;
    for (let at = from; at < ending.length; at += 1) {
      if (ending[at] !== 0) return this.#chooseInSight(at);
    }
  }

  #first(): number {
    return firstBeginningFrom(this.#stage.run, this.#stage.view.span.fromUs);
  }

  /** Moves no further than to see it. */
  #chooseInSight(operation: number | undefined): void {
    const { run, view } = this.#stage;
    if (operation === undefined || operation >= run.columns.begin.length) return;
    const begin = run.columns.begin[operation] ?? 0;
    const { fromUs, toUs } = view.span;
    if (begin < fromUs || begin > toUs) view.pan(begin - (fromUs + toUs) / 2);
    this.choose(operation);
  }

  /** In the address, so that a link to it can be passed on. */
  #remember(operation: number): void {
    const { beginUs, process } = detailsOf(this.#stage.run, operation);
    history.replaceState(null, '', `#at=${beginUs}&process=${process}`);
  }

  #tell(): void {
    const panel = find('selected', HTMLElement);
    const { selected, run } = this.#stage;
    if (selected === undefined) {
      delete panel.dataset['operation'];
      panel.replaceChildren(make('p', 'No operation is chosen: click one.', 'muted'));
      return;
    }
    panel.dataset['operation'] = String(selected);
    const details = detailsOf(run, selected);
    const head = make('div', '', 'head');
    if (run.marked.has(selected)) head.append(make('span', '✕ finding', 'badge failed'));
    head.append(make('strong', operationText(details)));
    head.append(
      button('← before', 'The operation before, of its process (p)', () => this.step(-1)),
      button('next →', 'The next operation of its process (n)', () => this.step(1)),
      button('zoom here', 'Show the time around it', () => this.show(selected)),
      button('×', 'Choose none (Esc)', () => this.choose(undefined)),
    );
    panel.replaceChildren(head, definitions(operationLines(details)));
  }
}
