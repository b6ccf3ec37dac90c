/**
 * `npm run restore -- --file BACKUP --config FILE`: makes the data directory that the configuration
 * names, from a backup. The replica is started as ever then, and is a cluster of its own.
 *
 *   status 0   the directory is there
 *   status 1   it could not be made: the backup is damaged, the directory is not empty, the disk failed
 *   status 2   the command or the configuration is refused
 */
import { randomBytes } from 'node:crypto';
import { loadOwnMember } from './own-member.ts';
import { restoreBackup } from './storage/restore.ts';

const USAGE = 'usage: npm run restore -- --file BACKUP --config FILE [any setting of a replica]';
const CLUSTER_ID_BYTES = 16;

function refuse(...problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
}

async function main(argv: readonly string[]): Promise<void> {
  const at = argv.indexOf('--file');
  const file = at < 0 ? undefined : argv[at + 1];
  if (file === undefined) return refuse(USAGE);
  const rest = [...argv.slice(0, at), ...argv.slice(at + 2)];
  const own = loadOwnMember(rest, USAGE);
  if (own.type === 'refused') return refuse(...own.problems);
  const { address, dataDir, replicaId } = own;
  const clusterId = randomBytes(CLUSTER_ID_BYTES).toString('hex');
  const { head, items, membership, revision } = await restoreBackup({
    file,
    dataDir,
    replicaId,
    address,
    clusterId,
  });
  process.stdout.write(
    `restored ${items} keys as of slot ${head.slot} of cluster ${head.clusterId}, epoch ${head.epoch}, ` +
      `into ${dataDir}\nnew cluster ${clusterId}, epoch ${membership.epoch}: replica ${replicaId} alone; ` +
      `its revisions go on above ${revision}\nstart it, and add others with POST /v1/cluster/members\n`,
  );
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`not restored: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
