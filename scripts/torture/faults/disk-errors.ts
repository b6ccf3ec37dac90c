/**
 * N15: the disk answers with an error, once or for as long as it lasts. A replica whose log could not
 * be written or synced must end before it says that it was, and comes back without a vote.
 */
import type { Random } from '../../../src/simulation/random.ts';
import { waitFor } from '../../bench/wait.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import type { DiskOperation, DiskRule } from '../shim/rule.ts';
import type { SetRule } from '../shim/shim.ts';
import { underRule, UNDER_SHIM, whileStopped } from './disk-episode.ts';
import { idsOf, namesOf } from './targets.ts';
import { becomeVoters, drawMinority, stakingVotes } from './votes.ts';
import { drawPeriodMs, expectAlone } from './wholeness.ts';

const OPERATIONS = ['write', 'sync', 'sync', 'read', 'rename', 'open'] as const;
/** Of each database its numbered files, which hold what counts; not what LevelDB logs of itself. */
const LOG_FILES = 'log/0';
const PATHS = [LOG_FILES, LOG_FILES, 'state', 'MANIFEST', 'CURRENT', 'witness', ''] as const;
const MOST_SKIPPED = 200;
/** A replica that ends hands nothing over; on a slow machine it takes a while all the same. */
const END_LIMIT_MS = 10_000;

export const DISK_ERRORS: Fault = {
  name: 'disk-errors',
  id: 'N15',
  title: 'EIO of writes, syncs, reads, renames or opens, once or for a while',
  ...UNDER_SHIM,
  episode: stakingVotes(failCalls),
};

async function failCalls(context: FaultContext): Promise<void> {
  const struck = await drawMinority(context);
  const rule = drawRule(context.random);
  const ids = idsOf(struck);
  const how = rule.times === undefined ? 'every' : 'one';
  const text = `EIO of ${how} ${rule.on.join()} of ${rule.path || 'any file'} after ${rule.skip}`;
  const end = context.begin(`${text}, ${namesOf(ids)}`, ids);
  await underRule(struck, rule, (rules) => fail(context, struck, { rule, rules }));
  end();
  await becomeVoters(context, struck);
}

function drawRule(random: Random): DiskRule & { readonly path: string; readonly skip: number } {
  const on: DiskOperation = random.pick(OPERATIONS);
  const path = random.pick(PATHS);
  const skip = random.chance(0.5) ? 0 : random.between(1, MOST_SKIPPED);
  const times = random.chance(0.5) ? { times: 1 } : {};
  return { on: [on], path, skip, ...times, action: { type: 'error', code: 'EIO' } };
}

interface Failing {
  readonly rule: DiskRule;
  readonly rules: readonly SetRule[];
}

async function fail(
  context: FaultContext,
  struck: readonly TortureReplica[],
  failing: Failing,
): Promise<void> {
  const { rule, rules } = failing;
  const lives = struck.map(({ ends }) => ends.length);
  // Else hardly anything is read, opened or renamed.
  const isRestarted = !isVital(rule) && context.random.chance(0.7);
  if (isRestarted) await whileStopped(struck, () => undefined);
  await context.lasts(drawPeriodMs(context.random));
  if (!isVital(rule)) return;
  for (const [at, replica] of struck.entries()) {
    if ((rules[at]?.struck() ?? 0) === 0) continue;
    const finding = await endOf(replica, lives[at] ?? 0);
    expectAlone(context, 'a replica whose log failed ends', finding);
  }
}

function isVital({ on, path }: DiskRule): boolean {
  return path === LOG_FILES && (on.includes('write') || on.includes('sync'));
}

async function endOf(replica: TortureReplica, lives: number): Promise<string | undefined> {
  const ask = (): true | undefined => replica.ends.length > lives || undefined;
  try {
    await waitFor(ask, { what: 'end', limitMs: END_LIMIT_MS });
    return undefined;
  } catch {
    return `replica ${replica.id} goes on, ${END_LIMIT_MS} ms after its log failed`;
  }
}
