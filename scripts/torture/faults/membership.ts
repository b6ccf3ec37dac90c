/** N24: replicas come, go and take each other's places, under load and with other faults. */
import { unreachable } from '../../../src/kv/unreachable.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { KILL } from './kill.ts';
import {
  joining,
  knownMembership,
  leaving,
  replacing,
  replacingItself,
  startEmpty,
  take,
  wipe,
} from './membership-change.ts';
import { addressOf, give, isNamed, isVoter, membershipOf } from './membership-orders.ts';
import { PARTITION } from './partition.ts';
import { PAUSE } from './pause.ts';
import { idsOf } from './targets.ts';
import { stakingVotes } from './votes.ts';
import { becomeWhole, drawPeriodMs } from './wholeness.ts';

const SPARES = 2;
const DISTURBED_CHANCE = 0.5;
const CONFLICT = 409;
const LEAST_SERVER_ERROR = 500;

const STORIES = [
  'addAndRemove',
  'removeAndAdd',
  'removeLeader',
  'replaceBySpare',
  'replaceInPlace',
  'addNobody',
  'addAndKill',
  'addTwo',
] as const;
type Story = (typeof STORIES)[number];

export const MEMBERSHIP: Fault = {
  name: 'membership',
  id: 'N24',
  title: 'Replicas are added, removed and replaced, also with kills, pauses and partitions',
  needs: { spares: SPARES },
  episode: changeMembership,
  heal: restoreFounders,
};

async function changeMembership(context: FaultContext): Promise<void> {
  const { cluster, random } = context;
  const story = random.pick(STORIES);
  const isDisturbed = random.chance(DISTURBED_CHANCE);
  const disturbance = isDisturbed ? random.pick([KILL, PAUSE, PARTITION]) : undefined;
  const also = disturbance === undefined ? '' : `, with ${disturbance.id} ${disturbance.name}`;
  const end = context.begin(wordsOf(story) + also, idsOf(cluster.members()));
  await Promise.all([tell(context, story), disturbance?.episode(context)]);
  await restoreFounders(context);
  end();
  await becomeWhole(context);
}

async function tell(context: FaultContext, story: Story): Promise<void> {
  const { cluster, random } = context;
  const [spare, otherSpare] = random.shuffle(sparesOf(context));
  if (spare === undefined || otherSpare === undefined) throw new Error('no spare replicas');
  const some = random.pick(cluster.members());
  switch (story) {
    case 'addAndRemove':
      return add(context, spare);
    case 'addTwo':
      await add(context, spare);
      return add(context, otherSpare);
    case 'removeAndAdd':
      return remove(context, some);
    case 'removeLeader':
      return remove(context, (await cluster.leader()) ?? some);
    case 'replaceBySpare':
      return replaceBy(context, some, spare);
    case 'replaceInPlace':
      return replaceInPlace(context);
    case 'addNobody':
      return addNobody(context, spare);
    case 'addAndKill':
      return addAndKill(context, spare);
    default:
      return unreachable(story);
  }
}

async function add(context: FaultContext, spare: TortureReplica): Promise<void> {
  startEmpty(spare);
  spare.isMember = await take(context, joining(spare));
  await stay(context);
}

async function remove(context: FaultContext, replica: TortureReplica): Promise<void> {
  if (await take(context, leaving(replica))) await wipe(replica);
  await stay(context);
}

async function replaceBy(
  context: FaultContext,
  old: TortureReplica,
  spare: TortureReplica,
): Promise<void> {
  startEmpty(spare);
  if (await take(context, replacing(old, spare))) {
    spare.isMember = true;
    await wipe(old);
  }
  await stay(context);
}

/** As after a lost disk: its votes are gone, so those of the others must be enough. */
const replaceInPlace = stakingVotes(async (context) => {
  const replica = context.random.pick(context.cluster.members());
  await wipe(replica);
  startEmpty(replica);
  replica.isMember = await take(context, replacingItself(replica));
});

/** Nobody is at the address that is given. */
async function addNobody(context: FaultContext, spare: TortureReplica): Promise<void> {
  const order = { method: 'POST', path: 'members', body: addressOf(spare) } as const;
  const { status, text } = await give(context, order);
  const isRefused = status === 0 || status === CONFLICT || status >= LEAST_SERVER_ERROR;
  const finding = isRefused ? undefined : `${status} ${text}`;
  context.expect('a replica that does not answer is not added', finding);
  const membership = await membershipOf(context);
  const isThere = membership !== undefined && isNamed(membership, spare.id);
  context.expect('who was refused is no member', isThere ? `replica ${spare.id}` : undefined);
}

/** It ends before it has caught up, for good or for a while. */
async function addAndKill(context: FaultContext, spare: TortureReplica): Promise<void> {
  startEmpty(spare);
  const isThere = await take(context, {
    ...joining(spare),
    isDone: (now) => isNamed(now, spare.id),
  });
  await spare.kill();
  await stay(context);
  if (!isThere || context.isOver() || context.random.chance(0.5)) return;
  spare.start();
  spare.isMember = await take(context, joining(spare));
}

async function stay(context: FaultContext): Promise<void> {
  await context.lasts(drawPeriodMs(context.random) / 2);
}

/** Who founded the cluster is in it again, and nobody else; of the others nothing is left. */
async function restoreFounders(context: FaultContext): Promise<void> {
  const { founders } = context.cluster;
  for (const founder of founders) {
    const now = await knownMembership(context);
    if (now === undefined || (isVoter(now, founder.id) && founder.isMember)) continue;
    if (!isNamed(now, founder.id)) {
      await wipe(founder);
      startEmpty(founder);
    }
    // A vote without a member is that of a disk which is gone.
    const step = isVoter(now, founder.id) ? replacingItself(founder) : joining(founder);
    founder.isMember = await take(context, step);
  }
  for (const spare of sparesOf(context)) {
    if (await take(context, leaving(spare))) await wipe(spare);
  }
}

function sparesOf({ cluster }: FaultContext): readonly TortureReplica[] {
  return cluster.replicas.filter((replica) => !cluster.founders.includes(replica));
}

/** `addTwo` is `add two`. */
function wordsOf(story: Story): string {
  return story.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
