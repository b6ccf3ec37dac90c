/**
 * `npm run mutants`: plants bugs in copies of the source and runs the simulator until it finds
 * them. See docs/mutants.md.
 */
import { CATALOGUE, OMISSIONS } from './mutants/catalogue.ts';
import { runCatalogue } from './mutants/catalogue-run.ts';
import { HELP, type Options, readOptions, UsageError } from './mutants/options.ts';
import { runPatches } from './mutants/patch-run.ts';
import { killAllProcesses } from './mutants/seed-runner.ts';
import { PlantingError } from './mutants/source-copy.ts';
import { formatList } from './mutants/table.ts';

/** Of a command that was interrupted. */
const INTERRUPTED = 130;

async function main(): Promise<number> {
  try {
    return await run(readOptions(process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof PlantingError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function run(options: Options): number | Promise<number> {
  if (options.isHelp) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.isList) {
    process.stdout.write(formatList(CATALOGUE, OMISSIONS));
    return 0;
  }
  return options.patches.length > 0 ? runPatches(options) : runCatalogue(options);
}

process.on('exit', killAllProcesses);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => process.exit(INTERRUPTED));
}
process.exitCode = await main();
