/** How far the state is: one record, written in the same batch as what it speaks of. */
import { z } from 'zod';
import { type Ballot, ZERO_BALLOT } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Membership } from '../paxos/membership.ts';
import { ContentSum } from './content-sum.ts';
import type { DatabaseWrite } from './database.ts';
import { membershipSchema } from './membership-record.ts';
import { META_KEY, openRecord, sealRecord } from './state-records.ts';
import { DamagedStateError, ForeignStateError } from './storage-error.ts';

export interface StateMeta {
  readonly appliedUpTo: Slot;
  readonly revision: number;
  /** Cluster time of the last applied slot. */
  readonly timeMs: number;
  /** As the last applied `NOOP` with a ballot of its own said. */
  readonly ballot: Ballot;
  /** As the last applied stop said; `undefined`: none was applied. */
  readonly membership: Membership | undefined;
  /** The first slot of the epoch in which `appliedUpTo` + 1 is. */
  readonly epochFrom: Slot;
  /** Below it, superseded items may be deleted. */
  readonly oldestRevision: number;
  /** Of superseded items that are kept. */
  readonly historyBytes: number;
  /** Of all current items (content-sum.ts), as 32 hexadecimal digits. */
  readonly contentSum: string;
  /** The slot at which it was installed from a peer: the log need not hold it, or any below; 0: none. */
  readonly base: Slot;
}

/** Whose state it is. */
export interface StateIdentity {
  readonly clusterId: string;
  readonly replicaId: number;
  readonly incarnation: string;
}

export const EMPTY_META: StateMeta = {
  appliedUpTo: 0,
  revision: 0,
  timeMs: 0,
  ballot: ZERO_BALLOT,
  membership: undefined,
  epochFrom: 1,
  oldestRevision: 0,
  historyBytes: 0,
  contentSum: new ContentSum().hex,
  base: 0,
};

const count = z.int().nonnegative();
const schema = z.strictObject({
  clusterId: z.string(),
  replicaId: count,
  incarnation: z.string(),
  appliedUpTo: count,
  revision: count,
  timeMs: z.number(),
  ballot: z.strictObject({ round: count, leader: count }),
  membership: membershipSchema.optional(),
  epochFrom: count,
  oldestRevision: count,
  historyBytes: count,
  contentSum: z.string().regex(/^[0-9a-f]{32}$/),
  base: count,
});

export function writeMeta(identity: StateIdentity, meta: StateMeta): DatabaseWrite {
  const { clusterId, replicaId, incarnation } = identity;
  const json = JSON.stringify({ clusterId, replicaId, incarnation, ...meta });
  return { key: META_KEY, value: sealRecord(META_KEY, Buffer.from(json)) };
}

const NAME = "the state's meta record";

/** Whosever it is. Throws a `DamagedStateError`. */
export function parseMeta(stored: Uint8Array): {
  readonly identity: StateIdentity;
  readonly meta: StateMeta;
} {
  const json: unknown = JSON.parse(openRecord(META_KEY, stored, NAME).toString());
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new DamagedStateError(NAME, z.prettifyError(parsed.error));
  const { clusterId, replicaId, incarnation, ...meta } = parsed.data;
  const identity = { clusterId, replicaId, incarnation };
  return { identity, meta: { ...meta, membership: meta.membership } };
}

/** Throws a `DamagedStateError`, and a `ForeignStateError` where it is the state of another replica. */
export function readMeta(identity: StateIdentity, stored: Uint8Array): StateMeta {
  const { identity: found, meta } = parseMeta(stored);
  const { clusterId, replicaId, incarnation } = found;
  const isOurs =
    clusterId === identity.clusterId &&
    replicaId === identity.replicaId &&
    incarnation === identity.incarnation;
  if (isOurs) return meta;
  throw new ForeignStateError(replicaId, incarnation, clusterId);
}
