/** N4: the event loop stands still, busy with one long thing or with garbage; little memory for all. */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join, resolve } from 'node:path';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { type Burn, BURN_SIGNAL, burnFile, formatBurn } from './burn.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeWhole, drawPeriodMs, expectAlone } from './wholeness.ts';

const LEAST_STALL_MS = 1_000;
const MOST_STALL_MS = 5_000;
const MOST_STALLS = 3;
/** Little for a cluster at work, so that garbage is collected again and again; it does not run out. */
const HEAP_MIB = 192;
const YOUNG_MIB = 2;
const PRELOAD = join('dist', 'scripts', 'torture', 'faults', 'burn-preload.js');

export const STALL: Fault = {
  name: 'stall',
  id: 'N4',
  title: 'The event loop stands still for 1 to 5 s; little memory',
  needs: {
    nodeArguments: [
      `--import=${pathToFileURL(resolve(PRELOAD)).href}`,
      `--max-old-space-size=${HEAP_MIB}`,
      `--max-semi-space-size=${YOUNG_MIB}`,
    ],
  },
  episode: stallSome,
};

async function stallSome(context: FaultContext): Promise<void> {
  const { random } = context;
  const struck = await drawTarget(context, [
    'leader',
    'nonLeader',
    'leaderAndOne',
    'minority',
    'all',
  ]);
  const before = await highestBallot(context);
  const stalls = random.between(1, MOST_STALLS);
  for (let stall = 0; stall < stalls && !context.isOver(); stall += 1) {
    const burn = drawBurn(context);
    const text = `${namesOf(idsOf(struck))}: ${burn.type} for ${burn.ms} ms`;
    const end = context.begin(text, idsOf(struck));
    for (const replica of struck) start(replica, burn);
    await context.lasts(burn.ms);
    end();
    await context.lasts(drawPeriodMs(random) / MOST_STALLS);
  }
  await becomeWhole(context, struck);
  if (idsOf(struck).includes(before.leader) || !isMinority(context, struck)) return;
  const after = await highestBallot(context);
  const isDeposed = after.round > before.round && idsOf(struck).includes(after.leader);
  const finding = isDeposed ? `replica ${after.leader} deposed ${before.leader}` : undefined;
  expectAlone(context, 'a follower that stood still deposes no leader', finding);
}

/** Without these there are still enough who hear the leader. */
function isMinority({ cluster }: FaultContext, struck: readonly TortureReplica[]): boolean {
  return struck.length <= (cluster.members().length - 1) / 2;
}

function drawBurn({ random }: FaultContext): Burn {
  const ms = random.between(LEAST_STALL_MS, MOST_STALL_MS);
  return { type: random.pick(['loop', 'garbage']), ms };
}

function start(replica: TortureReplica, burn: Burn): void {
  writeFileSync(burnFile(replica.configFile), formatBurn(burn));
  replica.signal(BURN_SIGNAL);
}

interface Ballot {
  readonly round: number;
  readonly leader: number;
}

async function highestBallot({ cluster }: FaultContext): Promise<Ballot> {
  const statuses = [...(await cluster.statuses()).values()];
  const ballots = statuses.flatMap(({ ballot }) => ballot ?? []);
  return ballots.toSorted((a, b) => b.round - a.round)[0] ?? { round: 0, leader: 0 };
}
