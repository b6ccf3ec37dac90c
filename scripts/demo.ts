/**
 * `scripts/demo`: writes, kills the leader, reads from another replica, writes again, restarts the
 * one that was killed, and shows that it caught up. Each step is checked: the first that does not
 * hold ends the demo with a status other than 0.
 */
import { parseArgs } from 'node:util';
import { composeFaults } from './local-cluster/compose-faults.ts';
import { askLauncher } from './local-cluster/control.ts';
import { launcherFaults, type Faults } from './local-cluster/faults.ts';
import { folderOf } from './local-cluster/options.ts';
import { clusterStatus, findLeader, isReady, waitFor } from './local-cluster/probe.ts';
import { runCluster, type RunningCluster } from './local-cluster/run-cluster.ts';

const HELP = `usage: scripts/demo [--data DIR | --compose]

Kills the leader of a cluster of three or more, and shows that nothing is lost. It takes the cluster
that runs (npm run cluster, or docker compose up); where none does, it starts one for itself.`;

const STEP_MS = 30_000;
const REQUEST_MS = 10_000;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly revision: number;
  readonly by: number;
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`this does not hold: ${what}`);
}

interface Sent {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function request(method: string, url: string, sent: Sent): Promise<Answer> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(REQUEST_MS),
    ...(sent.body === undefined ? {} : { body: sent.body }),
    headers: { 'content-type': 'text/plain', ...sent.headers },
  });
  return {
    status: response.status,
    body: await response.text(),
    revision: Number(response.headers.get('synod-revision')),
    by: Number(response.headers.get('synod-replica')),
  };
}

/** Until it succeeds: a 503 says that nothing happened, and the same put again changes nothing. */
async function insist(method: string, url: string, sent: Sent = {}): Promise<Answer> {
  let last = 'no answer';
  const answer = await waitFor(STEP_MS, async () => {
    try {
      const given = await request(method, url, sent);
      last = `${given.status} ${given.body}`;
      return given.status < 300 ? given : undefined;
    } catch (error) {
      last = String(error);
      return undefined;
    }
  });
  if (answer === undefined) throw new Error(`${method} ${url}: ${last}`);
  return answer;
}

async function demo(faults: Faults): Promise<void> {
  const urls = await faults.clientUrls();
  check(urls.size >= 3, 'the cluster has three replicas or more');
  const key = `demo/${Date.now()}`;
  const urlOf = (id: number) => `${urls.get(id)}/v1/kv/${key}`;
  const leaderNow = () => waitFor(STEP_MS, () => findLeader([...urls.values()]));

  const leader = await leaderNow();
  if (leader === undefined) throw new Error('no replica leads');
  console.log(`1. replica ${leader} leads. Writing "before" to ${urlOf(leader)}`);
  const before = await insist('PUT', urlOf(leader), { body: 'before' });
  console.log(`   ${before.status}, revision ${before.revision}`);

  console.log(`2. Killing the leader.`);
  const killedAt = performance.now();
  console.log(`   ${await faults.carryOut('kill', leader)}`);

  const other = [...urls.keys()].find((id) => id !== leader) ?? 0;
  console.log(`3. Reading from replica ${other}`);
  const read = await insist('GET', urlOf(other));
  const afterMs = Math.round(performance.now() - killedAt);
  check(read.body === 'before', `replica ${other} answers "before", not "${read.body}"`);
  check(read.by === other, `replica ${other} answered itself, not ${read.by}`);
  check(read.revision >= before.revision, 'the revision did not go back');
  console.log(`   "${read.body}", revision ${read.revision}, ${afterMs} ms after the kill`);

  console.log(`4. Writing "after", while replica ${leader} is down`);
  const after = await insist('PUT', urlOf(other), { body: 'after' });
  check(after.revision > before.revision, 'the revision went on');
  const second = await leaderNow();
  check(second !== undefined && second !== leader, `another replica leads, not ${second}`);
  console.log(`   ${after.status}, revision ${after.revision}; replica ${second} leads now`);

  console.log(`5. Restarting replica ${leader}`);
  console.log(`   ${await faults.carryOut('restart', leader)}`);
  await showCaughtUp(leader, urls.get(leader) ?? '', urlOf(leader), after.revision);
}

/** A local read, once the replica has the revision: from its own disk, with no help from others. */
async function showCaughtUp(id: number, url: string, keyUrl: string, revision: number) {
  check((await waitFor(STEP_MS, () => isReady(url))) === true, `replica ${id} becomes ready`);
  const headers = { 'min-revision': String(revision) };
  const local = await insist('GET', `${keyUrl}?consistency=local`, { headers });
  check(local.body === 'after', `replica ${id} has "after" itself, not "${local.body}"`);
  check(local.by === id && local.revision >= revision, `replica ${id} has revision ${revision}`);
  const status = await clusterStatus(url);
  const member = status?.members.find((candidate) => candidate.id === id);
  console.log(
    `   it caught up: "${local.body}", revision ${local.revision}, slot ${member?.appliedUpTo}`,
  );
  console.log('Nothing that was acknowledged was lost.');
}

async function run(data: string | undefined, compose: boolean): Promise<void> {
  const folder = folderOf(data);
  let own: RunningCluster | undefined;
  let faults: Faults;
  if (!compose && (await askLauncher(folder, { do: 'status' })) !== undefined) {
    faults = launcherFaults(folder, data);
  } else if (compose || (data === undefined && (await composeFaults().isThere()))) {
    faults = composeFaults();
  } else {
    console.log(`No cluster runs on ${folder}: starting one for the demo.`);
    own = await runCluster(['--data', folder]);
    faults = launcherFaults(folder, data);
  }
  try {
    await demo(faults);
  } finally {
    await own?.stop();
  }
}

try {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      compose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) console.log(HELP);
  else await run(values.data, values.compose);
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
