/**
 * N25: logs so short that whoever was away for a moment needs the state of a peer; and ends while
 * that is on its way, while it is installed, and right after.
 */
import { waitFor } from '../../bench/wait.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { cut } from './cut-links.ts';
import { endedSince, livesOf } from './lives.ts';
import { cutsAround } from './partition.ts';
import { drawTarget, idsOf } from './targets.ts';
import { becomeWhole, drawPeriodMs, expectAlone, revive } from './wholeness.ts';

/** Slots that stay in a log. */
const LOG_SLOTS = 20;
/** More than is under way: a log that is not looked through that far may lose votes unnoticed. */
const CHAIN_BYTES = 65_536;
const CHUNK_BYTES = 8_192;
/** So slow that a transfer takes a while. */
const BYTES_PER_S = 1_000_000;
const SEEN_LIMIT_MS = 5_000;
const SEE_EVERY_MS = 20;

/** Lines of a replica's log, by where it is with the state of a peer. */
const STAGES = {
  begun: 'pulls a snapshot',
  complete: 'has the whole snapshot',
  installed: 'installs the snapshot',
} as const;

export const SNAPSHOT: Fault = {
  name: 'snapshot',
  id: 'N25',
  title: 'Short logs: a replica that was away needs a snapshot; kills while it gets it',
  needs: {
    settings: {
      limits: {
        logSlots: LOG_SLOTS,
        logChainBytes: CHAIN_BYTES,
        snapshotChunkBytes: CHUNK_BYTES,
        snapshotBytesPerSecond: BYTES_PER_S,
      },
    },
  },
  episode: leaveBehind,
};

async function leaveBehind(context: FaultContext): Promise<void> {
  const { cluster, random } = context;
  const [behind] = await drawTarget(context, ['nonLeader', 'nonLeader', 'leader']);
  if (behind === undefined) return;
  const lives = livesOf(cluster.members());
  const seen = behind.wholeLog().length;
  await leaveOut(context, behind);
  // Twice in quick succession, too: a state that was just installed is behind again.
  if (random.chance(0.3)) await leaveOut(context, behind);
  await becomeWhole(context);
  const installed = behind.wholeLog().slice(seen).split(STAGES.installed).length - 1;
  context.once(`replica ${behind.id} installed ${installed} snapshots`, [behind.id]);
  const finding = endedSince(cluster.members(), lives);
  expectAlone(context, 'no snapshot ends a process', finding);
}

/** It is away for a while, and something happens while it comes back. */
async function leaveOut(context: FaultContext, behind: TortureReplica): Promise<void> {
  const { random } = context;
  const ways = { kill: outByKill, cut: outByCut };
  const way = random.pick(['kill', 'cut'] as const);
  const seen = behind.wholeLog().length;
  const end = context.begin(`replica ${behind.id} is left behind, by a ${way}`, [behind.id]);
  await ways[way](context, behind);
  if (random.chance(0.7)) await strikeWhile(context, behind, seen);
  end();
}

async function outByKill(context: FaultContext, behind: TortureReplica): Promise<void> {
  await behind.kill();
  await context.lasts(drawPeriodMs(context.random) / 2);
  revive([behind]);
}

async function outByCut(context: FaultContext, behind: TortureReplica): Promise<void> {
  const { cluster, links, random } = context;
  const mend = cut(links, cutsAround([behind.id], idsOf(cluster.members())));
  await context.lasts(drawPeriodMs(random) / 2);
  mend();
}

/** Whoever gets the state, or one of those who may send it, ends there and is started again. */
async function strikeWhile(
  context: FaultContext,
  behind: TortureReplica,
  seen: number,
): Promise<void> {
  const { cluster, random } = context;
  const stage = random.pick(['begun', 'complete', 'installed'] as const);
  const see = (): boolean | undefined =>
    context.isOver() ? false : behind.wholeLog().slice(seen).includes(STAGES[stage]) || undefined;
  const limit = { what: stage, limitMs: SEEN_LIMIT_MS, everyMs: SEE_EVERY_MS };
  const isThere = await waitFor(see, limit).catch(() => false);
  if (!isThere) return;
  const others = cluster.members().filter((replica) => replica !== behind);
  const struck = random.chance(0.6) || others.length === 0 ? behind : random.pick(others);
  context.once(`SIGKILL replica ${struck.id}: snapshot ${stage} at ${behind.id}`, [struck.id]);
  await struck.kill();
  await context.lasts(random.between(0, 1_000));
  revive([struck]);
}
