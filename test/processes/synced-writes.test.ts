/**
 * No answer to a PUT without an `fdatasync` on a quorum, counted from outside, by `strace`.
 *
 * One client puts, one request after the other, at the leader; each key and value is a text of its
 * own. A replica counts for a PUT when that text stood in a `write` to a file of its acceptor's
 * log, and an `fdatasync` of that file began after this write had returned, and returned 0 before
 * the leader's `write` of the answer began. All times are `strace`'s, from the machine's one clock,
 * taken while the traced thread was held.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { clientOf, clientsOf, startCluster } from '../support/cluster.ts';
import { buildMutant, SYNC_OFF } from '../support/mutant-build.ts';
import {
  hasStrace,
  readEndedTrace,
  type SystemCall,
  traceFile,
  tracing,
} from '../support/syscall-trace.ts';

const PUTS = 200;
const QUORUM = 2;
const DIGITS = 6;
const CALLS = 'read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,fdatasync,fsync';
/** Of each call's data; a record of the log with its key and value is shorter. */
const TEXT_BYTES = 1_024;

const straceMissing = !hasStrace();
if (straceMissing) console.error('SKIPPED: strace is missing, so no synced writes were counted');

interface AnsweredPut {
  readonly text: string;
  /** When the `write` of the answer began. */
  readonly answeredAt: number;
}

describe.skipIf(straceMissing)('an answered PUT', () => {
  it('was synced to the acceptor logs of a quorum before its answer left', async () => {
    const counts = await countSyncs();
    expect(counts).toHaveLength(PUTS);
    expect(counts.filter((count) => count < QUORUM)).toEqual([]);
    const all = counts.filter((count) => count === 3).length;
    console.log(`${PUTS} PUTs: each synced by at least ${QUORUM} replicas, ${all} by all three`);
  });

  it('is not counted as synced when syncing is taken out', async () => {
    const counts = await countSyncs(buildMutant(SYNC_OFF));
    expect(counts).toHaveLength(PUTS);
    expect(counts.filter((count) => count >= QUORUM)).toEqual([]);
  });
});

/** For each PUT, how many replicas synced their log between its request and its answer. */
async function countSyncs(main?: string): Promise<readonly number[]> {
  const directory = mkdtempSync(join(tmpdir(), 'synod-synced-writes-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const wrap = tracing(directory, { calls: CALLS, textBytes: TEXT_BYTES });
  const options = { directory, wrap, ...(main === undefined ? {} : { main }) };
  const cluster = await startCluster(options);
  const leader = await cluster.leader();
  const client = clientOf(clientsOf(cluster), leader);
  for (let put = 0; put < PUTS; put += 1) {
    // Twice, as LevelDB may split a record once, at the end of a block of its log.
    const text = `synced-${String(put).padStart(DIGITS, '0')}`;
    expect(await client.put(text, text)).toMatchObject({ type: 'ok', status: 201 });
  }
  await cluster.kill9();
  const logs: (readonly SystemCall[])[] = [];
  let answered: readonly AnsweredPut[] = [];
  for (const { id, child, plan } of cluster.replicas) {
    const calls = await readEndedTrace(traceFile(directory, id), child.pid);
    logs.push(calls.filter(({ path }) => path.startsWith(`${join(plan.directory, 'log')}/`)));
    if (id === leader.id) answered = answersIn(calls);
  }
  return answered.map((put) => logs.filter((log) => isSyncedIn(log, put)).length);
}

function isSyncedIn(log: readonly SystemCall[], { text, answeredAt }: AnsweredPut): boolean {
  return log.some(
    (write) =>
      write.name.includes('write') &&
      write.rest.includes(text) &&
      log.some(
        (sync) =>
          (sync.name === 'fdatasync' || sync.name === 'fsync') &&
          sync.path === write.path &&
          sync.result === 0 &&
          sync.beganAt >= (write.returnedAt ?? Infinity) &&
          (sync.returnedAt ?? Infinity) <= answeredAt,
      ),
  );
}

/** Each PUT that the leader read, with the next answer on the same connection. */
function answersIn(calls: readonly SystemCall[]): readonly AnsweredPut[] {
  const answered: AnsweredPut[] = [];
  const asked = new Map<string, string>();
  for (const { path, rest, beganAt } of calls) {
    const text = /PUT \/v1\/kv\/(synced-[0-9]+) /.exec(rest)?.[1];
    const open = asked.get(path);
    if (text !== undefined) {
      asked.set(path, text);
    } else if (open !== undefined && rest.includes('HTTP/1.1 201')) {
      answered.push({ text: open, answeredAt: beganAt });
      asked.delete(path);
    }
  }
  return answered;
}
