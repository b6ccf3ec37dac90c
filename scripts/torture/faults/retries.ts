/** N32: clients that leave requests and repeat them, elsewhere, at once and late: each counts once. */
import { Random } from '../../../src/simulation/random.ts';
import type { Fault, FaultContext } from '../fault.ts';
import { CountingClient } from './counting-client.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeWhole, drawPeriodMs, revive } from './wholeness.ts';

const CLIENTS = 8;
const SEED_BITS = 31;
const WHAT = 'a repeated request counts once, and is answered alike';

export const RETRIES: Fault = {
  name: 'retries',
  id: 'N32',
  title: 'Clients that leave requests, repeat them at other replicas, reuse old keys',
  episode: countWildly,
};

async function countWildly(context: FaultContext): Promise<void> {
  const { cluster, random } = context;
  const end = context.begin(`${CLIENTS} clients that repeat themselves`, idsOf(cluster.members()));
  let isDone = false;
  const counting = Array.from({ length: CLIENTS }, () => {
    // Each draws for itself: what it draws is not to hang on how fast the others are.
    const own = new Random(random.integer(SEED_BITS));
    return new CountingClient({
      name: `retries/${random.integer(SEED_BITS)}`,
      random: own,
      clients: () => context.clients(),
      isOver: () => isDone || context.isOver(),
      pause: (ms) => context.lasts(ms),
      onWrong: (finding) => context.expect(WHAT, finding),
    });
  });
  const work = Promise.all(counting.map((client) => client.run()));
  await context.lasts(drawPeriodMs(random));
  await killSome(context);
  await context.lasts(drawPeriodMs(random));
  isDone = true;
  await work;
  const total = counting.reduce((sum, { count }) => sum + count, 0);
  end(`counted to ${total} together`);
  if (total > 0) context.expect(WHAT, undefined);
  await becomeWhole(context);
}

/** So that answers are lost, and other replicas have to know them. */
async function killSome(context: FaultContext): Promise<void> {
  if (context.isOver()) return;
  const struck = await drawTarget(context, ['leader', 'nonLeader', 'all']);
  context.once(`SIGKILL ${namesOf(idsOf(struck))}`, idsOf(struck));
  await Promise.all(struck.map((replica) => replica.kill()));
  revive(struck);
}
