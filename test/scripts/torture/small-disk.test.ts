/** A cluster whose replicas have disks of their own, and the shim on them, leaves none behind. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { TortureCluster } from '../../../scripts/torture/cluster.ts';
import { loopback } from '../../../scripts/torture/network.ts';
import { canMount } from '../../../scripts/torture/small-disk.ts';

const mountMissing = !canMount();
if (mountMissing) console.error('SKIPPED: no tmpfs can be mounted, so no disk was removed');

it.skipIf(mountMissing)('disks are gone when the cluster is closed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'synod-disks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const mounts = (): number => readFileSync('/proc/mounts', 'utf8').split(folder).length - 1;
  const cluster = await TortureCluster.create({
    replicas: 3,
    folder,
    dataFolder: join(folder, 'data'),
    needs: { shim: true, diskBytes: 4 * 1024 * 1024 },
    network: loopback(),
  });
  for (const { shim } of cluster.replicas) shim?.clocks.step('wall', 1);
  expect(mounts()).toBe(3);
  await cluster.close();
  expect(mounts()).toBe(0);
});
