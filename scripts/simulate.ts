/**
 * `npm run simulate`: simulated worlds by seed, on every processor. Exits with 1 when a world
 * violates an invariant, and prints the command that replays it and its smallest version.
 */
import { unreachable } from '../src/paxos/assert.ts';
import { runMany } from './simulate/many.ts';
import { runOne, runReplay } from './simulate/one.ts';
import { type Order, parseOptions, USAGE, UsageError } from './simulate/options.ts';

async function main(): Promise<void> {
  // Whoever reads the first lines only, as `head` does, has seen enough.
  process.stdout.on('error', () => process.exit());
  try {
    process.exitCode = await obey(parseOptions(process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n--help says what it may be told\n`);
    process.exitCode = 2;
  }
}

async function obey(order: Order): Promise<number> {
  switch (order.type) {
    case 'help':
      process.stdout.write(USAGE);
      return 0;
    case 'many':
      return runMany(order);
    case 'one':
      return runOne(order);
    case 'replay':
      return runReplay(order);
    default:
      return unreachable(order);
  }
}

await main();
