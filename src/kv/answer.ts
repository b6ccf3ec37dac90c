/**
 * What became of an operation when it was applied. It is decided by the state and the operation
 * alone, so every replica comes to the same. `revision` is the store's revision afterwards.
 */
import type { Item } from './item.ts';
import type { Key } from './key.ts';

export type Answer = PutDone | Deleted | Absent | ConditionFailed | TooManyKeys;

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

/** Nothing was changed. */
export interface TooManyKeys {
  readonly type: 'tooManyKeys';
  readonly revision: number;
  readonly max: number;
  /** At least so many keys would have changed: counting stops there. */
  readonly actual: number;
}
