/**
 * `npm run explore`: every state that a system at small scope can reach. Exits with 0 when all were
 * looked at and all was well, 1 on a violation (or where something that must be reached was not),
 * 2 on bad options, 3 when a limit ended the search.
 */
import { parseArgs } from 'node:util';
import { CoreSystem } from '../src/exploration/core/core-system.ts';
import {
  ALL_REDUCTIONS,
  type CoreScope,
  DEFAULT_CORE_SCOPE,
  NO_REDUCTIONS,
} from '../src/exploration/core/scope.ts';
import {
  type ExplorationLimits,
  type ExplorationOptions,
  type ExplorationReport,
  explore,
  isClean,
} from '../src/exploration/explorer.ts';
import { PaxosExample } from '../src/exploration/paxos-example/example-system.ts';

const HELP = `usage: npm run explore -- [--model core] [--replicas N] [--proposers N] [--slots N]
                          [--campaigns N] [--crashes N] [--losses N] [--duplicates N]
                          [--heartbeats] [--no-reductions] [--paths]
                          [--max-states N] [--max-memory-mb N]
       npm run explore -- --model paxos-example

  --replicas N       voters; 3
  --proposers N      replicas that campaign, with one command each; 2
  --slots N          slots of the log; 2
  --campaigns N      how often each proposer campaigns; 1
  --crashes N        crashes, each with a restart, all together; 1
  --losses N         messages that are lost; 0. One that never arrives does as much
  --duplicates N     messages that arrive once more; 0
  --heartbeats       the heartbeats that a new leader sends at once arrive too
  --no-reductions    explores also what is known to make no difference
  --paths            prints a shortest path to everything that must be reached
  --max-states N     1000000000
  --max-memory-mb N  of the states that were seen and those to come; 8192
`;

const EXIT = { clean: 0, violated: 1, badOptions: 2, limitReached: 3 } as const;
const MEBIBYTE = 1024 ** 2;

interface Options {
  readonly model: 'core' | 'paxos-example';
  readonly scope: CoreScope;
  readonly limits: Partial<ExplorationLimits>;
  readonly printsPaths: boolean;
}

function main(): void {
  const options = readOptions();
  if (options === undefined) return;
  const startedAt = Date.now();
  const seconds = (): number => (Date.now() - startedAt) / 1000;
  const search = {
    limits: options.limits,
    onProgress: ({
      states,
      depth,
      frontier,
    }: {
      states: number;
      depth: number;
      frontier: number;
    }) => {
      const text = `${states} states, depth ${depth}, ${frontier} to come, ${seconds().toFixed(0)} s`;
      process.stderr.write(`\r${text}   `);
    },
  };
  const report = options.model === 'core' ? runCore(options.scope, search) : runExample(search);
  process.stderr.write('\r');
  process.stdout.write(describe(report, seconds(), options.printsPaths));
  process.exitCode = exitCode(report);
}

function runCore(scope: CoreScope, search: Omit<ExplorationOptions<never>, 'onState'>) {
  const system = new CoreSystem(scope);
  const report = explore(system, search);
  const { places, parcels, ghosts } = system.table;
  process.stdout.write(
    `${places.size} states of single replicas, ${parcels.size} messages, ` +
      `${ghosts.size} histories of votes\n`,
  );
  return report;
}

function runExample(search: Omit<ExplorationOptions<never>, 'onState'>): ExplorationReport {
  return explore(new PaxosExample(), search);
}

function exitCode(report: ExplorationReport): number {
  if (report.verdict === 'limitReached') return EXIT.limitReached;
  return isClean(report) ? EXIT.clean : EXIT.violated;
}

function describe(report: ExplorationReport, seconds: number, printsPaths: boolean): string {
  const { states, transitions, depth, verdict, violation } = report;
  const speed = Math.round(states / Math.max(seconds, 0.001));
  const lines = [
    `${states} states, ${transitions} transitions, depth ${depth}, ${seconds.toFixed(1)} s, ` +
      `${speed} states/s`,
    `at most ${report.collisionProbability.toExponential(1)}: the probability that two states ` +
      'were taken for one',
  ];
  for (const { name, path } of report.reached) {
    lines.push(
      path === undefined ? `NOT REACHED: ${name}` : `reached after ${path.length}: ${name}`,
    );
    if (printsPaths) lines.push(...(path ?? []).map(numbered));
  }
  if (violation !== undefined) {
    lines.push(`VIOLATED: ${violation.message}`, ...violation.path.map(numbered));
  }
  const because = report.limit === undefined ? '' : ` (${report.limit})`;
  return `${lines.join('\n')}\nverdict: ${verdict}${because}\n`;
}

function numbered(line: string, index: number): string {
  return `${String(index + 1).padStart(4)}. ${line}`;
}

function readOptions(): Options | undefined {
  try {
    return parse();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exitCode = EXIT.badOptions;
    return undefined;
  }
}

function parse(): Options | undefined {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: 'core' },
      replicas: { type: 'string' },
      proposers: { type: 'string' },
      slots: { type: 'string' },
      campaigns: { type: 'string' },
      crashes: { type: 'string' },
      losses: { type: 'string' },
      duplicates: { type: 'string' },
      heartbeats: { type: 'boolean', default: false },
      'no-reductions': { type: 'boolean', default: false },
      paths: { type: 'boolean', default: false },
      'max-states': { type: 'string' },
      'max-memory-mb': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return undefined;
  }
  const { model } = values;
  if (model !== 'core' && model !== 'paxos-example')
    throw new Error(`--model: there is no ${model}`);
  const known = DEFAULT_CORE_SCOPE;
  const scope: CoreScope = {
    replicas: count('--replicas', values.replicas, { from: 1, or: known.replicas }),
    proposers: count('--proposers', values.proposers, { from: 1, or: known.proposers }),
    slots: count('--slots', values.slots, { from: 1, or: known.slots }),
    campaigns: count('--campaigns', values.campaigns, { from: 1, or: known.campaigns }),
    crashes: count('--crashes', values.crashes, { from: 0, or: known.crashes }),
    losses: count('--losses', values.losses, { from: 0, or: known.losses }),
    duplicates: count('--duplicates', values.duplicates, { from: 0, or: known.duplicates }),
    heartbeats: values.heartbeats,
    reductions: values['no-reductions'] ? NO_REDUCTIONS : ALL_REDUCTIONS,
  };
  if (scope.proposers > scope.replicas)
    throw new Error('--proposers: more than there are replicas');
  return { model, scope, limits: limitsOf(values), printsPaths: values.paths };
}

function limitsOf(values: {
  readonly 'max-states'?: string | undefined;
  readonly 'max-memory-mb'?: string | undefined;
}): Partial<ExplorationLimits> {
  const states = values['max-states'];
  const mebibytes = values['max-memory-mb'];
  const at = { from: 1, or: 1 };
  return {
    ...(states === undefined ? {} : { maxStates: count('--max-states', states, at) }),
    ...(mebibytes === undefined
      ? {}
      : { maxMemoryBytes: count('--max-memory-mb', mebibytes, at) * MEBIBYTE }),
  };
}

function count(
  name: string,
  text: string | undefined,
  { from, or }: { readonly from: number; readonly or: number },
): number {
  if (text === undefined) return or;
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= from) return number;
  throw new Error(`${name}: not a whole number from ${from} on: ${text}`);
}

main();
