/** Moving by buttons and keys. */
import type { Selection } from './selection.ts';
import type { Stage } from './stage.ts';

const ZOOM = 1.6;
const PAN = 0.25;

export function followButtons(stage: Stage): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-move]')) {
    element.addEventListener('click', () => move(stage, element.dataset['move'] ?? ''));
  }
}

function move(stage: Stage, where: string): void {
  const { view } = stage;
  const middle = (view.span.fromUs + view.span.toUs) / 2;
  if (where === 'left') view.pan(-view.lengthUs * PAN);
  if (where === 'right') view.pan(view.lengthUs * PAN);
  if (where === 'in') view.zoom(1 / ZOOM, middle);
  if (where === 'out') view.zoom(ZOOM, middle);
  if (where === 'whole') view.reset();
  stage.redraw();
}

/** Only while a chart has the focus: elsewhere, keys are the browser's. */
export function followKeys(stage: Stage, selection: Selection): void {
  const actions: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(stage, 'left'),
    ArrowRight: () => move(stage, 'right'),
    '+': () => move(stage, 'in'),
    '=': () => move(stage, 'in'),
    '-': () => move(stage, 'out'),
    '0': () => move(stage, 'whole'),
    Home: () => move(stage, 'whole'),
    ArrowUp: () => selection.stepRow(-1),
    ArrowDown: () => selection.stepRow(1),
    n: () => selection.step(1),
    p: () => selection.step(-1),
    e: () => selection.stepToBad(),
    Escape: () => selection.choose(undefined),
  };
  document.addEventListener('keydown', (event) => {
    const isChart = document.activeElement?.classList.contains('chart') === true;
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
    if (!isChart || action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
}
