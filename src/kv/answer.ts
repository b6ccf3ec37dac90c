/**
 * What became of an operation when it was applied. It is decided by the state and the operation
 * alone, so every replica comes to the same. `revision` is the store's revision afterwards.
 */
import type { Item } from './item.ts';
import type { CommandId } from './command-id.ts';
import type { Key } from './key.ts';
import type { LeaseId } from './lifetime.ts';

export type Answer = KeptAnswer | Replayed | OnceMismatch | OnceFull;

/** What an operation comes to by itself. */
export type KeptAnswer =
  | PutDone
  | Deleted
  | Incremented
  | TransactionDone
  | Absent
  | ConditionFailed
  | GuardsFailed
  | NotANumber
  | TooManyKeys
  | ResultTooLarge
  | LeaseAnswer;

export interface PutDone {
  readonly type: 'put';
  /** Of the store and of the key. */
  readonly revision: number;
  readonly version: number;
  readonly created: boolean;
  readonly key: Key;
  /** Where it was asked for: what the key had before, `null` where it was absent. */
  readonly prev?: Item | null;
}

export interface Deleted {
  readonly type: 'deleted';
  /** How many keys. Where it is 0, there is no new revision. */
  readonly deleted: number;
  readonly revision: number;
  readonly prev?: Item | null;
}

export interface Incremented {
  readonly type: 'incremented';
  readonly key: Key;
  /** The sum. */
  readonly number: number;
  readonly revision: number;
  readonly version: number;
  readonly created: boolean;
}

export interface TransactionDone {
  readonly type: 'transaction';
  /** Whether all guards held. */
  readonly succeeded: boolean;
  readonly revision: number;
  /** One for each action, in their order. */
  readonly results: readonly ActionResult[];
}

/** What is written bears the revision of the whole. */
export type ActionResult =
  | {
      readonly type: 'put';
      readonly key: Key;
      readonly version: number;
      readonly created: boolean;
    }
  | { readonly type: 'deleted'; readonly deleted: number }
  | { readonly type: 'got'; readonly key: Key; readonly item: Item | null }
  | {
      readonly type: 'listed';
      readonly items: readonly ListedItem[];
      /** Whether the range holds more than was asked for. */
      readonly more: boolean;
    }
  | {
      readonly type: 'incremented';
      readonly key: Key;
      readonly number: number;
      readonly version: number;
      readonly created: boolean;
    };

export interface ListedItem {
  readonly key: Key;
  /** Absent where keys alone were asked for. */
  readonly item?: Item;
}

/** The key to delete was not there, and no condition spoke against it. */
export interface Absent {
  readonly type: 'absent';
  readonly revision: number;
}

export interface ConditionFailed {
  readonly type: 'conditionFailed';
  readonly revision: number;
  /** The key's revision, where it exists. */
  readonly current?: number;
}

/** Guards that did not hold, by their places from 0, where nothing was said for that case. */
export interface GuardsFailed {
  readonly type: 'guardsFailed';
  readonly revision: number;
  readonly failed: readonly number[];
}

/** The value is no number, or the sum none that is exact. Nothing was changed. */
export interface NotANumber {
  readonly type: 'notANumber';
  readonly revision: number;
  /** Of a transaction: the action's place, from 0, among those that were done. */
  readonly action?: number;
}

/** What a transaction was to read is more than one answer holds. Nothing was changed. */
export interface ResultTooLarge {
  readonly type: 'resultTooLarge';
  readonly revision: number;
  readonly max: number;
  /** At least so many bytes: counting stops there. */
  readonly actual: number;
}

/** Nothing was changed. */
export interface TooManyKeys {
  readonly type: 'tooManyKeys';
  readonly revision: number;
  readonly max: number;
  /** At least so many keys would have changed: counting stops there. */
  readonly actual: number;
}

export type LeaseAnswer =
  | ({ readonly type: 'leaseGranted' | 'leaseRenewed'; readonly lease: LeaseId } & OfTtl)
  /** How many keys went with it, so far. */
  | ({ readonly type: 'leaseRevoked'; readonly deleted: number } & OfRevision)
  /** There is no such lease, or it is at an end. Of a transaction: at this action. */
  | ({ readonly type: 'leaseGone'; readonly action?: number } & OfRevision)
  /** The lock is the client's. */
  | ({ readonly type: 'lockHeld'; readonly fence: number; readonly lease: LeaseId } & OfTtl)
  /** It is another one's; the client stands in the queue under the id of its command. */
  | ({ readonly type: 'lockQueued'; readonly waiter: CommandId } & OfRevision)
  /** It is another one's, for so long if it is not renewed. */
  | ({ readonly type: 'lockBusy'; readonly freeInMs: number } & OfRevision)
  | ({ readonly type: 'lockLeft' } & OfRevision)
  | ({ readonly type: 'tooManyWaiters' | 'tooManyLeases' } & OfRevision)
  /** The fence is not that of the lock; `current`: where somebody holds it. Nothing was done. */
  | ({ readonly type: 'staleFence'; readonly current?: number } & OfRevision)
  | ({ readonly type: 'expired'; readonly deleted: number } & OfRevision);

interface OfRevision {
  readonly revision: number;
}

interface OfTtl extends OfRevision {
  readonly ttlMs: number;
}

/** The request was here before (once.ts): nothing was done, and this is what it was answered. */
export interface Replayed {
  readonly type: 'replayed';
  readonly revision: number;
  readonly answer: KeptAnswer;
  /** What it had read is not kept. */
  readonly isCut: boolean;
}

/** Another request was here under the same key. Nothing was done. */
export interface OnceMismatch {
  readonly type: 'onceMismatch';
  readonly revision: number;
}

/** There is no room to keep one more answer. Nothing was done. */
export interface OnceFull {
  readonly type: 'onceFull';
  readonly revision: number;
}
