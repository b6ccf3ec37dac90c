/** Where a read goes, by its level: to this replica's store, to the lease, or to a round. */
import type { ReadGrant, ReadOptions } from './api.ts';
import type { Loop } from './loop.ts';
import type { Peers } from './peers.ts';
import type { ReadLease } from './read-lease.ts';
import type { Reads } from './reads.ts';

export interface ReadPlaces {
  readonly loop: Loop;
  readonly peers: Peers;
  readonly readLease: ReadLease;
  readonly reads: Reads;
}

export function takeRead(
  { loop, peers, readLease, reads }: ReadPlaces,
  { level, minRevision = 0 }: ReadOptions,
  deadlineAtMs: number,
  done: (grant: ReadGrant) => void,
): void {
  if (level === 'local') {
    const settle = peers.withStaleness(loop, done);
    return reads.addLocal({ level, minRevision, deadlineAtMs, settle });
  }
  const grant = level === 'lease' ? readLease.grant(minRevision) : undefined;
  if (grant !== undefined) return done(grant);
  reads.add({ level: 'linearizable', minRevision, deadlineAtMs, settle: done });
  loop.wake();
}
