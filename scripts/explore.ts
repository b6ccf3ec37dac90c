/**
 * `npm run explore`: every state that a system at small scope can reach: the core, or the example by
 * which the explorer itself is validated. docs/exploration.md tells what it shows.
 */
import { CoreSystem } from '../src/exploration/core/core-system.ts';
import {
  type ExplorationOptions,
  type ExplorationProgress,
  type ExplorationReport,
  explore,
} from '../src/exploration/explorer.ts';
import { PaxosExample } from '../src/exploration/paxos-example/example-system.ts';
import { type Order, readOrder, USAGE } from './explore/options.ts';
import { describe, STATUS, statusOf } from './explore/summary.ts';

function main(): void {
  const order = orderOf(process.argv.slice(2));
  if (order === undefined) return;
  if (order.type === 'help') process.stdout.write(USAGE);
  else run(order);
}

function orderOf(args: readonly string[]): Order | undefined {
  try {
    return readOrder(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = STATUS.usage;
    return undefined;
  }
}

function run(order: Extract<Order, { type: 'explore' }>): void {
  const startedAt = Date.now();
  const seconds = (): number => (Date.now() - startedAt) / 1000;
  const report = search(order, {
    limits: order.limits,
    onProgress: ({ states, depth, frontier }: ExplorationProgress) => {
      const text = `${states} states, depth ${depth}, ${frontier} to come`;
      process.stderr.write(`\r${text}, ${seconds().toFixed(0)} s   `);
    },
  });
  process.stderr.write('\n');
  process.stdout.write(describe(report, seconds(), order.printsPaths));
  process.exitCode = statusOf(report);
}

function search(
  { model, scope }: Extract<Order, { type: 'explore' }>,
  options: Pick<ExplorationOptions<unknown>, 'limits' | 'onProgress'>,
): ExplorationReport {
  if (model === 'paxos-example') return explore(new PaxosExample(), options);
  const system = new CoreSystem(scope);
  const report = explore(system, options);
  const { places, parcels, ghosts } = system.table;
  process.stdout.write(
    `${places.size} states of single replicas, ${parcels.size} messages, ` +
      `${ghosts.size} histories of votes\n`,
  );
  return report;
}

main();
