/**
 * N31: the process is killed right before, or right after, the n-th write, sync or rename of a file:
 * of a vote, of the state, of the witness, of what a snapshot or a trim moves. Sometimes the power
 * fails with it.
 */
import type { Random } from '../../../src/simulation/random.ts';
import { waitFor } from '../../bench/wait.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import type { DiskOperation, DiskRule } from '../shim/rule.ts';
import { underRule, UNDER_SHIM, whileStopped } from './disk-episode.ts';
import { cutPower } from './lying-disk.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeVoters } from './votes.ts';

interface Point {
  readonly on: DiskOperation;
  readonly path: string;
  /** It comes soon only where the process starts again. */
  readonly atStart?: boolean;
}

const POINTS: readonly Point[] = [
  { on: 'write', path: 'log/0' },
  { on: 'sync', path: 'log/0' },
  { on: 'write', path: 'state' },
  { on: 'sync', path: 'state' },
  { on: 'write', path: 'witness' },
  { on: 'rename', path: 'CURRENT', atStart: true },
  { on: 'sync', path: 'MANIFEST', atStart: true },
  { on: 'write', path: 'MANIFEST', atStart: true },
  { on: 'write', path: '.ldb', atStart: true },
  { on: 'sync', path: '.ldb', atStart: true },
  { on: 'unlink', path: '', atStart: true },
  { on: 'open', path: '', atStart: true },
  { on: 'read', path: '', atStart: true },
];

const MOST_SKIPPED = 40;
const MOST_SKIPPED_AT_START = 2;
const WAIT_MS = 15_000;

export const EXACT_KILLS: Fault = {
  name: 'exact-kills',
  id: 'N31',
  title: 'SIGKILL right before or after the n-th write, sync, rename, of votes, state and others',
  ...UNDER_SHIM,
  episode: killAtPoint,
};

async function killAtPoint(context: FaultContext): Promise<void> {
  const { random } = context;
  const struck = await drawTarget(context);
  const point = random.pick(POINTS);
  const rule = drawRule(point, random);
  const ids = idsOf(struck);
  const when = rule.action.type === 'kill' ? rule.action.when : '';
  const text = `SIGKILL ${when} ${point.on} ${rule.skip ?? 0} of ${point.path || 'any file'}`;
  const end = context.begin(`${text}, ${namesOf(ids)}`, ids);
  for (const replica of struck) replica.staysDownIfItEnds(true);
  try {
    await underRule(struck, rule, async () => {
      if (point.atStart) await whileStopped(struck, () => undefined);
      await haveEnded(context, struck);
    });
    const killed = struck.filter((replica) => !replica.isRunning());
    end(`killed: ${idsOf(killed).join(', ') || 'none'}`);
    if (random.chance(0.3)) for (const replica of killed) cutPower(context, replica);
  } finally {
    for (const replica of struck) replica.staysDownIfItEnds(false);
  }
  await becomeVoters(context, struck);
}

function drawRule({ on, path, atStart = false }: Point, random: Random): DiskRule {
  const skip = random.between(0, atStart ? MOST_SKIPPED_AT_START : MOST_SKIPPED);
  const when = random.chance(0.5) ? 'before' : 'after';
  return { on: [on], path, skip, times: 1, action: { type: 'kill', when } };
}

/** Not all of them come to that point, and none where all is over. */
async function haveEnded(context: FaultContext, struck: readonly TortureReplica[]): Promise<void> {
  const ask = (): true | undefined =>
    context.isOver() || struck.every((replica) => !replica.isRunning()) || undefined;
  await waitFor(ask, { what: 'end', limitMs: WAIT_MS }).catch(() => undefined);
}
