/**
 * N14: disks without room, or nearly so. A replica that cannot write ends, and comes back when there
 * is room; others carry on. Where no disk can be mounted, writes fail as if there were no room.
 */
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { shimMissing } from '../shim/build.ts';
import { canMount, type SmallDisk } from '../small-disk.ts';
import { underRule } from './disk-episode.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeVoters } from './votes.ts';
import { drawPeriodMs } from './wholeness.ts';

const MIB = 1024 * 1024;
/** What an hour of work under every fault takes, and more. */
const DISK_BYTES = 2048 * MIB;
/** Within it, so that a replica is not short of room before a fault makes it so. */
const SETTINGS = {
  limits: { diskSoftBytes: 48 * MIB, diskHardBytes: 32 * MIB, diskReserveBytes: 4 * MIB },
};
/** No byte, less than a page of LevelDB's, a few records; and below the hard watermark. */
const FREE_BYTES = [0, 0, 4096, 65_536, MIB, 24 * MIB] as const;
const FILL_LIMIT_MS = 5_000;

export const FULL_DISK: Fault = {
  name: 'full-disk',
  id: 'N14',
  title: 'Disks without a byte free, or with a few; then there is room again',
  needs: { shim: true, diskBytes: DISK_BYTES, settings: SETTINGS },
  missing: async () => {
    const missing = await shimMissing();
    return missing === undefined || canMount() ? missing : `${missing}; nor can a disk be mounted`;
  },
  episode: fillDisks,
  heal: ({ cluster }) => {
    for (const { disk } of cluster.replicas) disk?.resize(DISK_BYTES);
    return Promise.resolve();
  },
};

async function fillDisks(context: FaultContext): Promise<void> {
  const struck = await drawTarget(context);
  const disks = struck.flatMap(({ disk }) => disk ?? []);
  const isMounted = disks.length === struck.length && context.random.chance(0.8);
  await (isMounted ? fill(context, struck, disks) : refuse(context, struck));
  await becomeVoters(context, struck);
}

async function fill(
  context: FaultContext,
  struck: readonly TortureReplica[],
  disks: readonly SmallDisk[],
): Promise<void> {
  const free = context.random.pick(FREE_BYTES);
  const ids = idsOf(struck);
  const end = context.begin(`${free} bytes free on the disk of ${namesOf(ids)}`, ids);
  try {
    await Promise.all(disks.map((disk) => disk.leave(free, FILL_LIMIT_MS)));
    await context.lasts(drawPeriodMs(context.random));
  } finally {
    for (const disk of disks) disk.resize(DISK_BYTES);
  }
  end();
}

async function refuse(context: FaultContext, struck: readonly TortureReplica[]): Promise<void> {
  const skip = context.random.between(0, 50);
  const ids = idsOf(struck);
  const end = context.begin(`no room for writes of ${namesOf(ids)}, after ${skip}`, ids);
  const action = { type: 'error', code: 'ENOSPC' } as const;
  await underRule(struck, { on: ['write'], skip, action }, () =>
    context.lasts(drawPeriodMs(context.random)),
  );
  end();
}
