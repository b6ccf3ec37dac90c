/** `scripts/fault`: does one thing to one replica, says what it did and how to undo it. */
import { parseArgs } from 'node:util';
import { askLauncher } from './local-cluster/control.ts';
import { composeFaults } from './local-cluster/compose-faults.ts';
import { folderOf } from './local-cluster/options.ts';
import { findLeader, isReady, waitFor } from './local-cluster/probe.ts';
import { launcherFaults, type Faults } from './local-cluster/faults.ts';

const HELP = `usage: scripts/fault kill|restart|pause|resume REPLICA [--data DIR | --compose]
       scripts/fault status [--data DIR | --compose]

Does something to a replica of the running cluster. REPLICA is its number, or "leader".

  kill      SIGKILL; it stays down until it is restarted
  restart   starts it again; one that runs is stopped gracefully first
  pause     SIGSTOP: it keeps its connections, and is silent
  resume    SIGCONT

  --data DIR   the cluster of "npm run cluster -- --data DIR"; ./data
  --compose    the cluster of "docker compose up"; taken by itself where no other runs`;

const READY_MS = 30_000;
const LEADER_MS = 5000;
const ACTIONS = ['kill', 'restart', 'pause', 'resume'] as const;
type Action = (typeof ACTIONS)[number];
const UNDO: Readonly<Record<Action, string | undefined>> = {
  kill: 'restart',
  restart: undefined,
  pause: 'resume',
  resume: undefined,
};

interface Wish {
  readonly action: Action | 'status';
  readonly replica: number | 'leader' | undefined;
  readonly data: string | undefined;
  readonly compose: boolean;
}

/** `undefined`: help was asked for. Throws where the arguments are wrong. */
function parseWish(argv: readonly string[]): Wish | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      compose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const [name, who, ...rest] = positionals;
  const { data, compose } = values;
  if (compose && data !== undefined) throw new Error('--data and --compose exclude each other');
  if (rest.length > 0) throw new Error('there are too many arguments');
  if (name === 'status' && who === undefined) {
    return { action: 'status', replica: undefined, data, compose };
  }
  const action = ACTIONS.find((candidate) => candidate === name);
  if (action === undefined) throw new Error(`what is to be done? ${ACTIONS.join(', ')} or status`);
  if (who === 'leader') return { action, replica: 'leader', data, compose };
  if (who === undefined || !/^[1-9]$/.test(who)) {
    throw new Error('REPLICA is a number from 1 to 9, or "leader"');
  }
  return { action, replica: Number(who), data, compose };
}

/** The cluster that is meant: what was named, else the one that runs. */
async function findFaults(wish: Wish): Promise<Faults> {
  const folder = folderOf(wish.data);
  if (!wish.compose) {
    const answer = await askLauncher(folder, { do: 'status' });
    if (answer !== undefined) return launcherFaults(folder, wish.data);
    if (wish.data !== undefined) throw new Error(`no cluster runs on ${folder}`);
  }
  const compose = composeFaults();
  if (wish.compose || (await compose.isThere())) return compose;
  throw new Error(
    'no cluster runs: start one with "npm run cluster" or "docker compose up --wait"',
  );
}

async function run(wish: Wish): Promise<void> {
  const faults = await findFaults(wish);
  if (wish.action === 'status') {
    console.log(await faults.status());
    return;
  }
  const urls = await faults.clientUrls();
  const leader = await waitFor(wish.replica === 'leader' ? LEADER_MS : 1, async () =>
    findLeader([...urls.values()]),
  );
  const id = wish.replica === 'leader' ? leader : wish.replica;
  if (id === undefined) throw new Error('no replica says who leads');
  const url = urls.get(id);
  if (url === undefined) throw new Error(`there is no replica ${id}`);
  console.log(`${await faults.carryOut(wish.action, id)}${id === leader ? '; it led' : ''}`);
  const undo = UNDO[wish.action];
  if (undo !== undefined) console.log(`undo: scripts/fault ${undo} ${id}${faults.options}`);
  else await tellWhenReady(id, url);
}

async function tellWhenReady(id: number, url: string): Promise<void> {
  const startedAt = performance.now();
  if ((await waitFor(READY_MS, () => isReady(url))) === undefined) {
    throw new Error(`replica ${id} is not ready after ${READY_MS / 1000} s; see ${url}/readyz`);
  }
  console.log(`replica ${id} is ready, after ${Math.round(performance.now() - startedAt)} ms`);
}

try {
  const wish = parseWish(process.argv.slice(2));
  if (wish === undefined) console.log(HELP);
  else await run(wish);
} catch (error) {
  console.error(`fault: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
