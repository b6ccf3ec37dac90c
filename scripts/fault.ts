/** `scripts/fault`: does one thing to a cluster, says what it did and how to undo it. */
import { unreachable } from '../src/kv/unreachable.ts';
import { heal, tellWhenReady } from './faults/heal.ts';
import { HELP } from './faults/help.ts';
import { faultLinks } from './faults/link-fault.ts';
import { statusLines } from './faults/status.ts';
import { parseAsked, WrongArguments, type Asked, type Who, type Wish } from './faults/wish.ts';
import { composeFaults } from './local-cluster/compose-faults.ts';
import { askLauncher } from './local-cluster/control.ts';
import { launcherFaults, type FaultAction, type Faults } from './local-cluster/faults.ts';
import { folderOf } from './local-cluster/options.ts';
import { findLeader, waitFor } from './local-cluster/probe.ts';

const LEADER_MS = 5_000;
const UNDO: Readonly<Record<FaultAction, string | undefined>> = {
  kill: 'restart',
  restart: undefined,
  pause: 'resume',
  resume: undefined,
};

const MENDS =
  'undo: nothing to be done; it mends itself while the others stand: scripts/fault status';

function say(line: string): void {
  console.log(line);
}

/** The cluster that is meant: what was named, else the one that runs. */
async function findFaults({ data, compose: isCompose }: Asked): Promise<Faults> {
  const folder = folderOf(data);
  if (!isCompose) {
    const answer = await askLauncher(folder, { do: 'status' });
    if (answer !== undefined) return launcherFaults(folder, data);
    if (data !== undefined) throw new Error(`no cluster runs on ${folder}`);
  }
  const compose = composeFaults();
  if (isCompose || (await compose.isThere())) return compose;
  throw new Error(
    'no cluster runs: start one with "npm run cluster" or "docker compose up --wait"',
  );
}

/** Waits for one only where it is needed. */
async function leaderNow(faults: Faults, isNeeded: boolean): Promise<number | undefined> {
  const urls = [...(await faults.clientUrls()).values()];
  return waitFor(isNeeded ? LEADER_MS : 1, () => findLeader(urls));
}

async function find(faults: Faults, who: Who) {
  const leader = await leaderNow(faults, who === 'leader');
  const id = who === 'leader' ? leader : who;
  if (id === undefined) throw new Error('no replica says who leads');
  const url = (await faults.clientUrls()).get(id);
  if (url === undefined) throw new Error(`there is no replica ${id}`);
  return { id, url, led: id === leader };
}

async function signal(faults: Faults, action: FaultAction, who: Who): Promise<void> {
  const { id, url, led } = await find(faults, who);
  say(`${await faults.carryOut(action, id)}${led ? '; it led' : ''}`);
  const undo = UNDO[action];
  if (undo !== undefined) say(`undo: scripts/fault ${undo} ${id}${faults.options}`);
  else await tellWhenReady(new Map([[id, url]]), say);
}

async function carryOut(faults: Faults, wish: Wish): Promise<void> {
  switch (wish.type) {
    case 'help':
      return say(HELP);
    case 'status':
      return (await statusLines(faults)).forEach(say);
    case 'leader':
      return say(String((await find(faults, 'leader')).id));
    case 'url':
      return say((await find(faults, wish.who)).url);
    case 'heal':
      return heal(faults, say);
    case 'kill':
    case 'restart':
    case 'pause':
    case 'resume':
      return signal(faults, wish.type, wish.who);
    case 'link':
      await faultLinks(faults, wish.wish, say);
      return say(`undo: scripts/fault heal${faults.options}`);
    case 'harm': {
      const { id, url } = await find(faults, wish.who);
      say(await faults.harm(id, wish.harm));
      // Without room it does not get ready again, and with damaged files that may take a while.
      const isClock = wish.harm.type === 'offset' || wish.harm.type === 'rate';
      if (isClock) await tellWhenReady(new Map([[id, url]]), say);
      if (wish.harm.type === 'corrupt') return say(MENDS);
      return say(`undo: scripts/fault heal${faults.options}`);
    }
    default:
      return unreachable(wish);
  }
}

async function run(argv: readonly string[]): Promise<void> {
  const asked = parseAsked(argv);
  if (asked.wish.type === 'help') return say(HELP);
  await carryOut(await findFaults(asked), asked.wish);
}

run(process.argv.slice(2)).catch((error: unknown) => {
  const hint = error instanceof WrongArguments ? ' (scripts/fault --help explains)' : '';
  console.error(`fault: ${error instanceof Error ? error.message : String(error)}${hint}`);
  process.exitCode = error instanceof WrongArguments ? 2 : 1;
});
