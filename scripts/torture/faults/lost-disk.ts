/**
 * N20: a disk is lost, and the replica comes back with an empty one, under its id. It must not be
 * taken for who it was; the operator has it replaced by itself. N21: it comes back with an older copy.
 */
import { cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { waitFor } from '../../bench/wait.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { whileStopped } from './disk-episode.ts';
import { drawTarget } from './targets.ts';
import { becomeVoters, stakingVotes } from './votes.ts';
import { becomeWhole, drawPeriodMs, expectAlone } from './wholeness.ts';

const REFUSAL = 'is known here in another incarnation';
const REFUSAL_LIMIT_MS = 30_000;
const ORDER_LIMIT_MS = 60_000;
const ORDER_EVERY_MS = 500;
const ANSWER_MS = 10_000;

export const LOST_DISK: Fault = {
  name: 'lost-disk',
  id: 'N20',
  title: 'An empty disk under the same id; then it is replaced by order',
  episode: stakingVotes(loseDisk),
};

export const OLD_COPY: Fault = {
  name: 'old-copy',
  id: 'N21',
  title: 'A replica comes back with an older copy of its disk',
  episode: stakingVotes(putOldCopy),
};

async function loseDisk(context: FaultContext): Promise<void> {
  const [replica] = await drawTarget(context, ['one', 'leader', 'nonLeader']);
  if (replica === undefined) return;
  const { id, plan } = replica;
  const end = context.begin(`replica ${id} loses its disk`, [id]);
  const before = replica.wholeLog().length;
  await whileStopped([replica], () => {
    rmSync(plan.directory, { recursive: true });
    replica.shim?.forget();
  });
  expectAlone(
    context,
    'an empty disk is not taken for the old one',
    await refusal(replica, before),
  );
  const finding = await replace(context, replica);
  if (finding !== undefined) expectAlone(context, 'who lost its disk is replaced', finding);
  end('replaced, by order');
  await becomeVoters(context, [replica]);
}

async function refusal(replica: TortureReplica, before: number): Promise<string | undefined> {
  const ask = async (): Promise<'refused' | 'ready' | undefined> => {
    if (replica.wholeLog().slice(before).includes(REFUSAL)) return 'refused';
    return (await replica.isReady()) ? 'ready' : undefined;
  };
  try {
    const became = await waitFor(ask, { what: 'refusal', limitMs: REFUSAL_LIMIT_MS });
    return became === 'refused' ? undefined : `replica ${replica.id} is ready with an empty disk`;
  } catch {
    return `replica ${replica.id} does not say within ${REFUSAL_LIMIT_MS} ms that it is refused`;
  }
}

/** As an operator would, until it is answered: whatever else happens, it has to be a voter again. */
async function replace(
  { cluster }: FaultContext,
  { id, plan }: TortureReplica,
): Promise<string | undefined> {
  const { peerUrl, clientUrl } = plan;
  const body = JSON.stringify({ id, peerUrl, clientUrl });
  let answered = 'nothing';
  const ask = async (): Promise<true | undefined> => {
    const leader = await cluster.leader();
    const asked = leader ?? cluster.members().find((other) => other.id !== id);
    const response = await fetch(`${asked?.clientUrl}/v1/cluster/members/${id}/replace`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    answered = `${response.status} ${await response.text()}`;
    return response.ok || undefined;
  };
  try {
    const what = 'answer to the order';
    await waitFor(ask, { what, limitMs: ORDER_LIMIT_MS, everyMs: ORDER_EVERY_MS });
    return undefined;
  } catch {
    return `replacing replica ${id} is answered by ${answered}`;
  }
}

async function putOldCopy(context: FaultContext): Promise<void> {
  const [replica] = await drawTarget(context, ['one', 'leader', 'nonLeader']);
  if (replica === undefined) return;
  const { id, plan } = replica;
  const copy = join(dirname(plan.directory), 'older');
  await whileStopped([replica], () => cpSync(plan.directory, copy, { recursive: true }));
  await becomeWhole(context, [replica]);
  await context.lasts(drawPeriodMs(context.random));
  context.once(`replica ${id} gets an older copy of its disk`, [id]);
  await whileStopped([replica], () => {
    rmSync(plan.directory, { recursive: true });
    cpSync(copy, plan.directory, { recursive: true });
    replica.shim?.forget();
  });
  rmSync(copy, { recursive: true });
  await becomeVoters(context, [replica]);
}
