/**
 * What can be done to the disk and the files of one container. Its clock is that of its machine, and
 * so is the room on its disk: that one only counts as full, by the replica's own watermarks, with
 * which the container is made anew. Its data stays: it is in a volume.
 */
import { unreachable } from '../../src/kv/unreachable.ts';
import { compose, docker } from './compose.ts';
import type { Harm } from './harm.ts';

/** More room than any disk has. */
const FULL_BELOW_BYTES = String(2 ** 52);
const DAMAGE = ['node', 'dist/scripts/damage-data.js', '/data/replica'];

/** Says what was done. Throws, and does nothing, where it cannot be done. */
export async function harmContainer(id: number, harm: Harm): Promise<string> {
  switch (harm.type) {
    case 'offset':
    case 'rate':
      throw new Error(
        "a container's clock is that of its machine: take the cluster of npm run cluster for it",
      );
    case 'fullDisk':
      await compose(['up', '--detach', '--no-deps', '--no-build', `replica-${id}`], {
        [`REPLICA_${id}_DISK_SOFT_BYTES`]: FULL_BELOW_BYTES,
        [`REPLICA_${id}_DISK_HARD_BYTES`]: FULL_BELOW_BYTES,
      });
      return `replica ${id} was started anew with diskHardBytes above what its disk has: it counts as full`;
    case 'corrupt':
      return corrupt(id);
    default:
      return unreachable(harm);
  }
}

/** Says what was done; `undefined`: there was nothing to undo. */
export async function undoContainerHarm(id: number): Promise<string | undefined> {
  const container = (await compose(['ps', '--all', '--quiet', `replica-${id}`])).trim();
  if (container === '') return undefined;
  const settings = await docker(['inspect', '--format', '{{json .Config.Env}}', container]);
  if (!settings.includes(`SYNOD_LIMITS_DISK_HARD_BYTES=${FULL_BELOW_BYTES}`)) return undefined;
  await compose(['up', '--detach', '--no-deps', '--no-build', `replica-${id}`]);
  return `replica ${id} was started anew with the watermarks of docker-compose.yml`;
}

/** A container of its own damages the volume while the replica is stopped. */
async function corrupt(id: number): Promise<string> {
  await compose(['stop', `replica-${id}`]);
  try {
    const what = await compose(['run', '--rm', '--no-deps', '-T', `replica-${id}`, ...DAMAGE]);
    return `replica ${id} was stopped, damaged, and started: ${what.trim()}`;
  } finally {
    await compose(['start', `replica-${id}`]);
  }
}
