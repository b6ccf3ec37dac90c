/** `npm run cluster`: replicas on this machine, kept running, and what happens in them on screen. */
import { mkdirSync } from 'node:fs';
import { deleteCluster, hasLinks, prepareFolder, readShape } from './local-cluster/data-folder.ts';
import { Launcher } from './local-cluster/launcher.ts';
import { logView } from './local-cluster/log-view.ts';
import {
  CLUSTER_HELP,
  parseClusterOptions,
  shapeFor,
  type ClusterOptions,
} from './local-cluster/options.ts';
import { endOrphans } from './local-cluster/orphans.ts';
import { portsInUse } from './local-cluster/ports.ts';

const READY_MS = 60_000;
const view = logView(process.stdout.isTTY && process.env['NO_COLOR'] === undefined);

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function tell(text: string): void {
  say(view.ofLauncher(text));
}

async function run(options: ClusterOptions): Promise<void> {
  const { folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const made = readShape(folder);
  const shape = shapeFor(options, options.fresh ? undefined : made);
  const launcher = new Launcher(folder, shape, {
    onLogLine: (id, line) => say(view.ofReplica(id, line)),
    onEvent: (id, text) => tell(`replica ${id} ${text}`),
    onLinksEvent: tell,
  });
  if (!(await launcher.lock())) throw new Error(`${folder} is in use by another launcher`);
  stopOnSignals(launcher);
  try {
    const everMade = Array.from({ length: made?.replicas ?? 0 }, (_, index) => index + 1);
    await endOrphans(folder, everMade, tell);
    if (options.fresh) deleteCluster(folder);
    const taken = await portsInUse(launcher.addresses);
    if (taken.length > 0) {
      throw new Error(`in use: port ${taken.join(', port ')}; --port BASE takes others`);
    }
    prepareFolder(folder, shape);
    if (hasLinks(folder)) {
      await launcher.openLinks();
      tell('the replicas reach each other through links, until scripts/fault heal');
    }
  } catch (error) {
    await launcher.stop();
    throw error;
  }
  tell(`${shape.replicas} ${shape.replicas === 1 ? 'replica' : 'replicas'}, data in ${folder}`);
  launcher.start();
  if (await launcher.becomeReady(READY_MS)) greet(launcher);
  else tell('not all replicas are ready yet');
}

function greet({ addresses }: Launcher): void {
  const urlOf = (index: number) => addresses[index % addresses.length]?.clientUrl ?? '';
  say('');
  for (const { id, clientUrl, peerPort } of addresses) {
    say(`  replica ${id}   ${clientUrl}   peers on ${peerPort}`);
  }
  say(`
  Ready. Try, in another terminal:

    curl --fail -X PUT -H 'Content-Type: text/plain' -d 'hello' ${urlOf(0)}/v1/kv/greeting
    curl --fail ${urlOf(1)}/v1/kv/greeting
    curl --fail ${urlOf(2)}/v1/cluster

  Ctrl-C stops the cluster; the data stays. Faults: scripts/fault --help
`);
}

/** The first signal stops gracefully, a second one at once. A lost terminal is no reason to stay. */
function stopOnSignals(launcher: Launcher): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) {
      launcher.killNow();
      process.exit(1);
    }
    stopping = true;
    tell(`${signal}: stopping the replicas`);
    launcher.stop().then(
      () => {
        tell('stopped; the data is kept');
        process.exit(0);
      },
      (error: unknown) => fail(error),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  process.stdout.on('error', () => undefined);
}

function fail(error: unknown): void {
  process.stderr.write(`cluster: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

const parsed = parseClusterOptions(process.argv.slice(2));
if (parsed.type === 'help') {
  say(CLUSTER_HELP);
} else if (parsed.type === 'wrong') {
  process.stderr.write(`cluster: ${parsed.why} (--help explains)\n`);
  process.exitCode = 2;
} else {
  run(parsed.options).catch(fail);
}
