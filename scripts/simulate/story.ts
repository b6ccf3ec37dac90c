/** A recorded world, told in lanes. */
import type { Outcome } from '../../src/simulation/case.ts';
import { drawLanes } from '../../src/simulation/lanes.ts';
import type { TraceView } from './options.ts';

/** The last lines that matter: most stories end within them. */
const MAX_LINES = 400;

export function printStory({ plan, trace }: Outcome, { isComplete }: TraceView): void {
  const { columns, isTTY } = process.stdout;
  const lines = drawLanes(trace, {
    replicas: plan.replicas + plan.strangers,
    width: isTTY ? columns : undefined,
    maxLines: isComplete ? undefined : MAX_LINES,
    isComplete,
  });
  process.stdout.write(`\n${lines.join('\n')}\n`);
}
