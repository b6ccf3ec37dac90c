/**
 * `npm run recover -- --dir PATH [--dir PATH ...]`: what the data directories that are left of a cluster
 * show of each slot, where a majority is gone for good. It changes nothing in them. With `--write
 * --config FILE` it makes the data directory that the configuration names, a new cluster of one
 * replica, of the best of them, and fences them: no replica starts on them any more.
 *
 *   status 0   the report is printed; with `--write`, the directory is there
 *   status 1   it could not be done: a directory is in use, of another cluster, or tells nothing, the
 *              new one is not empty, the disk failed
 *   status 2   the command or the configuration is refused
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadOwnMember, type OwnMember } from './own-member.ts';
import { parseArguments, type RecoveryArguments } from './recovery/arguments.ts';
import { beginNewEpoch } from './recovery/new-epoch.ts';
import { planRecovery } from './recovery/plan.ts';
import { slotLines, summaryLines, survivorLines } from './recovery/report.ts';
import { openScratch, refuseWithin, type Scratch } from './recovery/scratch.ts';
import {
  type Closers,
  openSurvivor,
  rootOf,
  type SurvivingDirectory,
} from './recovery/surviving-directory.ts';
import { readSurvivors, refuseStrangers } from './recovery/survivors.ts';
import { refuseFilled } from './storage/new-cluster.ts';

const USAGE =
  'usage: npm run recover -- --dir PATH [--dir PATH ...] [--slots] [--scratch PATH]\n' +
  '       [--write [--past-lost] --config FILE [any setting of the new replica]]';
const CLUSTER_ID_BYTES = 16;
const INTERRUPTED = 1;

function refuse(...problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
}

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

async function main(argv: readonly string[]): Promise<void> {
  const parsed = parseArguments(argv);
  if (parsed.type === 'refused') return refuse(parsed.problem, USAGE);
  const own = parsed.writes ? loadOwnMember(parsed.rest, USAGE) : undefined;
  if (own?.type === 'refused') return refuse(...own.problems);
  const roots = parsed.dirs.map(rootOf);
  const twice = roots.find((root, at) => roots.indexOf(root) !== at);
  if (twice !== undefined) return refuse(`--dir: ${twice} is given twice`);
  if (own !== undefined) {
    refuseFilled(own.dataDir, 'a recovery makes a new directory');
    refuseWithin(resolve(own.dataDir), roots);
  }
  const scratch = openScratch(parsed.scratch, roots);
  const closers: Closers = [];
  removeOnSignals(scratch);
  try {
    await recover({ roots, parsed, own, scratch, closers });
  } finally {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
    scratch.remove();
  }
}

interface Recovery {
  readonly roots: readonly string[];
  readonly parsed: RecoveryArguments;
  readonly own: OwnMember | undefined;
  readonly scratch: Scratch;
  /** Of what is held and opened: until the end, so that no replica starts on what is read. */
  readonly closers: Closers;
}

async function recover({ closers, own, parsed, roots, scratch }: Recovery): Promise<void> {
  print([`copies are made in ${scratch.path}, and removed afterwards`]);
  const directories: SurvivingDirectory[] = [];
  for (const [at, root] of roots.entries()) {
    const place = join(scratch.path, String(at + 1));
    mkdirSync(place);
    directories.push(await openSurvivor(root, place, closers));
  }
  refuseStrangers(directories);
  const read = await readSurvivors(directories);
  const plan = planRecovery(read, parsed);
  for (const survivor of read.survivors) print(survivorLines(survivor, read));
  print([...slotLines(plan, parsed.listsSlots), ...summaryLines(plan, read)]);
  if (own === undefined) return;
  const { address, dataDir, replicaId } = own;
  const clusterId = randomBytes(CLUSTER_ID_BYTES).toString('hex');
  const { changedKeys } = own.config.limits;
  const at = new Date().toISOString();
  const made = await beginNewEpoch(read, plan, {
    dataDir,
    replicaId,
    address,
    clusterId,
    changedKeys,
    at,
    closers,
    scratch: scratch.path,
  });
  print([
    '',
    `fenced: ${roots.join(', ')}`,
    `new cluster ${clusterId}, epoch ${made.membership.epoch}: replica ${replicaId} alone, in ${dataDir}, ` +
      `as of slot ${made.appliedUpTo}; its revisions go on above ${made.revision}`,
    'start it, and add others with POST /v1/cluster/members',
  ]);
}

function removeOnSignals(scratch: Scratch): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      scratch.remove();
      process.exit(INTERRUPTED);
    });
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `not recovered: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
