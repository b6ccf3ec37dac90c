/** N27: many times the load that there is as a rule, one hot key, and watchers that read nothing. */
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { residentMiB } from '../../bench/system.ts';
import { waitFor } from '../../bench/wait.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { FLOOD_END, type FloodPlan, type FloodReport, wrongInFlood } from './flood.ts';
import { idsOf } from './targets.ts';
import { becomeWhole, drawPeriodMs, expectAlone } from './wholeness.ts';

/** To each replica: ten times as many as all workloads of a run have. */
const CONNECTIONS = 200;
const FEWEST_WATCHERS = 200;
const MOST_WATCHERS = 1_000;
const PREFIX = 'overload/';
/** Above all that the limits of a replica let it hold: of requests, answers, watches and peers. */
const RESIDENT_LIMIT_MIB = 1_536;
const SAMPLE_MS = 250;
const RECOVERY_LIMIT_MS = 30_000;
const LEAST_FLOOD_MS = 4_000;

export const OVERLOAD: Fault = {
  name: 'overload',
  id: 'N27',
  title: 'A flood of writes, a hot key, hundreds of watchers that never read',
  episode: flood,
};

const reportSchema = z.object({
  answers: z.record(z.string(), z.number()),
  withoutRetryAfter: z.number(),
});

async function flood(context: FaultContext): Promise<void> {
  const { cluster, random } = context;
  const members = cluster.members();
  const some = random.chance(0.3) ? [random.pick(members)] : members;
  const count = random.between(FEWEST_WATCHERS, MOST_WATCHERS);
  const text = `flood to replica ${idsOf(some).join(', ')}, ${count} watchers that read nothing`;
  const end = context.begin(text, idsOf(some));
  const watchers = Array.from({ length: count }, (_, n) => watch(some[n % some.length]));
  const urls = some.map(({ clientUrl }) => clientUrl);
  const floodEnds = startFlood({ urls, connections: CONNECTIONS, prefix: PREFIX });
  const most = await mostMemory(context, LEAST_FLOOD_MS + drawPeriodMs(random));
  const report = await floodEnds();
  for (const socket of watchers) socket.destroy();
  end(`most memory: ${Math.round(most.mib)} MiB; ${JSON.stringify(report.answers)}`);
  expectAlone(context, 'overload is answered by 429, 503 or late', wrongInFlood(report));
  const memory = `replica ${most.id}: ${Math.round(most.mib)} MiB`;
  const isBounded = most.mib <= RESIDENT_LIMIT_MIB;
  context.expect('memory is bounded under overload', isBounded ? undefined : memory);
  await expectRecovery(context, members);
  await becomeWhole(context);
}

/** Never reads, and never ends by itself. */
function watch(replica: TortureReplica | undefined): Socket {
  const { hostname, port } = new URL(replica?.clientUrl ?? '');
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.pause();
  socket.write(`GET /v1/watch?prefix=${PREFIX} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  return socket;
}

/** What it returns ends the flood, and resolves with what became of it. */
function startFlood(plan: FloodPlan): () => Promise<FloodReport> {
  const worker = new Worker(new URL('./flood-worker.js', import.meta.url), { workerData: plan });
  const told = new Promise<unknown>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  told.catch(() => {});
  return async () => {
    worker.postMessage(FLOOD_END);
    const report = reportSchema.parse(await told);
    await worker.terminate();
    return report;
  };
}

/** Of any replica, in so long. */
async function mostMemory(
  context: FaultContext,
  ms: number,
): Promise<{ readonly id: number; readonly mib: number }> {
  const until = performance.now() + ms;
  let most = { id: 0, mib: 0 };
  while (performance.now() < until && !context.isOver()) {
    for (const { id, pid } of context.cluster.members()) {
      const mib = residentMiB(pid);
      if (mib > most.mib) most = { id, mib };
    }
    await context.lasts(SAMPLE_MS);
  }
  return most;
}

/** By itself, each replica takes a write again. */
async function expectRecovery(
  context: FaultContext,
  replicas: readonly TortureReplica[],
): Promise<void> {
  const path = `/v1/kv/${PREFIX}after`;
  const clients = context.clients().filter(({ replica }) => idsOf(replicas).includes(replica));
  for (const client of clients) {
    const ask = async (): Promise<true | undefined> => {
      const { type } = await client.ask({ method: 'PUT', path, body: 'after' });
      return type === 'ok' || context.isOver() || undefined;
    };
    const what = `write at replica ${client.replica}`;
    const found = waitFor(ask, { what, limitMs: RECOVERY_LIMIT_MS });
    const finding = await found.then(
      () => undefined,
      (error: unknown) => String(error),
    );
    expectAlone(context, 'writes are taken again after an overload', finding);
  }
}
