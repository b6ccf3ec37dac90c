/** Where links lead: `#at=US&process=P` to an operation, `#from=US&to=US` to a fault. */
import { operationAt } from './run.ts';
import type { Selection } from './selection.ts';
import type { Stage } from './stage.ts';

/** Beside a fault, so much of its own length is seen. */
const BESIDE = 0.25;
const LEAST_BESIDE_US = 200_000;

/** `scrollTo`: brings the chosen operation, or without one the timeline, into sight. */
export function followLinks(
  stage: Stage,
  selection: Selection,
  scrollTo: (operation: number | undefined) => void,
): void {
  const follow = (): void => {
    const place = new URLSearchParams(location.hash.slice(1));
    if (place.has('at')) followOperation(place);
    else if (place.has('from')) followFault(place);
  };
  const followOperation = (place: URLSearchParams): void => {
    const process = place.get('process');
    const operation = operationAt(stage.run, {
      atUs: Number(place.get('at')),
      process: process === null ? null : Number(process),
    });
    if (operation === undefined) return;
    selection.show(operation);
    scrollTo(operation);
  };
  const followFault = (place: URLSearchParams): void => {
    const fromUs = Number(place.get('from'));
    const toUs = Number(place.get('to')) || stage.run.header.endUs;
    const beside = Math.max((toUs - fromUs) * BESIDE, LEAST_BESIDE_US);
    stage.view.show({ fromUs: fromUs - beside, toUs: toUs + beside });
    stage.redraw();
    scrollTo(undefined);
  };
  window.addEventListener('hashchange', follow);
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a.show') : null;
    // The same address again is no change of it.
    if (link instanceof HTMLAnchorElement && link.hash === location.hash) follow();
  });
  follow();
}
