/**
 * N34: clusters of their own that are founded while their replicas are killed, and two that claim
 * the same replica: there is one cluster, or none, but never a replica of two.
 */
import { randomBytes } from 'node:crypto';
import { waitFor } from '../../bench/wait.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { FoundingSite } from './founding-site.ts';
import { type Membership, membershipsAt } from './membership-orders.ts';

const FOUND_LIMIT_MS = 120_000;
const READY_LIMIT_MS = 10_000;
/** From the first start on: a founding takes about so long. */
const KILLS_WITHIN_MS = 1_500;
const MOST_KILLS = 4;
const SECRET_BYTES = 32;
/** Long enough for the second cluster to be founded, if it could be. */
const WATCH_MS = 4_000;

export const BOOTSTRAP: Fault = {
  name: 'bootstrap',
  id: 'N34',
  title: 'Kills while a cluster is founded; two clusters that claim the same replica',
  async episode(context) {
    const site = new FoundingSite(randomBytes(SECRET_BYTES).toString('hex'));
    try {
      await context.random.pick([foundUnderKills, claimOfMember, claimOfFounder])(context, site);
    } finally {
      await site.close();
    }
  },
};

async function foundUnderKills(context: FaultContext, site: FoundingSite): Promise<void> {
  const { random } = context;
  const plans = await site.plan([1, 2, 3]);
  const end = context.begin('a cluster is founded, and its replicas are killed', []);
  const replicas = random.shuffle(plans).map((plan) => site.start(plan, plans));
  const kills = random.between(1, MOST_KILLS);
  for (let kill = 0; kill < kills; kill += 1) {
    await context.lasts(random.between(0, KILLS_WITHIN_MS / MOST_KILLS));
    const struck = random.chance(0.3) ? replicas : [random.pick(replicas)];
    await Promise.all(struck.map((replica) => replica.kill()));
    await context.lasts(random.between(0, KILLS_WITHIN_MS / MOST_KILLS));
    for (const replica of struck) replica.start();
  }
  context.expect('a cluster is founded in spite of kills', await whyNotFounded(replicas));
  end();
}

/** The second cluster counts a replica of the first, which is founded, among its members. */
async function claimOfMember(context: FaultContext, site: FoundingSite): Promise<void> {
  const plans = await site.plan([1, 2, 3]);
  const end = context.begin('a second cluster claims a member of the first', []);
  const first = plans.map((plan) => site.start(plan, plans));
  context.expect('the first cluster is founded', await whyNotFounded(first));
  const shared = context.random.pick(plans);
  const strangers = await site.plan([1, 2, 3].filter((id) => id !== shared.id));
  const second = strangers.map((plan) => site.start(plan, [shared, ...strangers]));
  await context.lasts(WATCH_MS);
  await expectOneCluster(context, first, second);
  end();
}

/** Nobody is founded yet, and all start at once; only one list is that of the shared replica. */
async function claimOfFounder(context: FaultContext, site: FoundingSite): Promise<void> {
  const plans = await site.plan([1, 2, 3]);
  const end = context.begin('two clusters are founded at once, and share a replica', []);
  const shared = context.random.pick(plans);
  const strangers = await site.plan([4, 5]);
  const second = strangers.map((plan) => site.start(plan, [shared, ...strangers]));
  const first = plans.map((plan) => site.start(plan, plans));
  context.expect('the first cluster is founded', await whyNotFounded(first));
  await context.lasts(WATCH_MS);
  await expectOneCluster(context, first, second);
  end();
}

async function whyNotFounded(replicas: readonly TortureReplica[]): Promise<string | undefined> {
  try {
    const what = 'founded cluster';
    await Promise.all(replicas.map((replica) => replica.becomeReady(FOUND_LIMIT_MS)));
    await waitFor(async () => (await idsOfClusters(replicas)).size === 1 || undefined, {
      what,
      limitMs: FOUND_LIMIT_MS,
    });
    return undefined;
  } catch (error) {
    return `${String(error)}; clusters: ${[...(await idsOfClusters(replicas))].join(', ')}`;
  }
}

/** The first goes on as it was, and the second never was. */
async function expectOneCluster(
  context: FaultContext,
  first: readonly TortureReplica[],
  second: readonly TortureReplica[],
): Promise<void> {
  const own = await idsOfClusters(first);
  const others = await idsOfClusters(second);
  context.expect('a claimed cluster goes on', await whyNotReady(context, first));
  const texts = [...own, ...others].join(', ');
  const isOne = own.size === 1 && others.size === 0;
  context.expect('a cluster that claims a replica of another is none', isOne ? undefined : texts);
}

/** At once, where nothing else goes on; else they may just elect anew, as the machine stood still. */
async function whyNotReady(
  { isAlone }: FaultContext,
  replicas: readonly TortureReplica[],
): Promise<string | undefined> {
  const limitMs = isAlone === false ? READY_LIMIT_MS : 0;
  try {
    await Promise.all(replicas.map((replica) => replica.becomeReady(limitMs)));
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function idsOfClusters(replicas: readonly TortureReplica[]): Promise<ReadonlySet<string>> {
  const memberships: readonly Membership[] = await membershipsAt(replicas);
  return new Set(memberships.flatMap(({ clusterId }) => clusterId ?? []));
}
