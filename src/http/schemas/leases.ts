/** Bodies and answers of leases and locks. */
import { z } from 'zod';
import { KeyName } from './item.ts';
import { given, LEASE_ID, ttlMs, waitMs } from './lifetime.ts';
import { closed, revision } from './members.ts';
import { TOLD } from './trace.ts';

const id = z.string().meta({ pattern: LEASE_ID, description: 'the id of a lease' });
const ttl = given.describe('how long it lives after each renewal');
const remaining = given.describe('what is left of it');
const fence = z.int().min(1).describe('is higher for each holder than for all before');
const name = z.string().min(1).describe('the name of a lock');
const deleted = z.int().min(0).describe('how many keys went with it');

export const GrantLease = closed({ ttl: ttlMs }).describe('A lease that is asked for.');

export const AcquireLock = closed({ ttl: ttlMs, wait: waitMs.optional() }).describe(
  'A lock that is asked for: how long it is held after each renewal, and how long to wait for it ' +
    'at most; without `wait`, or beyond `waitMs`, no longer than that.',
);

const leaseShape = {
  id,
  ttl,
  remaining,
  keys: z.array(KeyName).describe('that go with it; at most `listItemsByDefault`'),
  more: z.literal(true).optional().describe('it has more keys than are told'),
  lock: name.optional().describe('the lock that is held by it'),
};

export const Lease = z.object({ ...leaseShape, ...TOLD }).describe('A lease.');

export const LeasePage = z
  .object({
    revision,
    items: z.array(z.object(leaseShape)),
    next: z.union([z.string(), z.null()]).describe('the cursor of the next page, if any'),
  })
  .describe('One page of leases, by their ids.');

export const LeaseRenewed = z
  .object({ id, ttl, remaining, ...TOLD })
  .describe('A lease that lives for its whole time again.');

export const LeaseRevoked = z
  .object({ id, deleted, revision, ...TOLD })
  .describe('A lease that has ended.');

const heldShape = { name, fence, lease: id, ttl };

export const LockAcquired = z.object({ ...heldShape, ...TOLD }).describe('A lock that was got.');

export const Lock = z.object({ ...heldShape, remaining }).describe('Who holds a lock.');

export const LockRenewed = z
  .object({ ...heldShape, remaining, ...TOLD })
  .describe('A lock that is held for its whole time again.');

export const LockReleased = z
  .object({ name, fence, deleted, revision, ...TOLD })
  .describe('A lock that was given back.');
