/** What a client wishes. Its bytes inside the log are those of command-codec.ts. */
import type { CommandId } from './command-id.ts';
import type { Key } from './key.ts';
import type { Fence, LeaseOperation } from './lease.ts';
import type { LifetimeWish } from './lifetime.ts';
import type { Once } from './once.ts';
import type { Transaction } from './transaction.ts';
import { unreachable } from './unreachable.ts';

/** `'*'` stands for any revision: that the key exists. */
export type Revisions = '*' | readonly number[];

/** RFC 9110, 13.1.1 and 13.1.2, on the key's revision. Where both are given, both must hold. */
export interface Condition {
  /** The key exists, in one of these revisions. */
  readonly ifMatch?: Revisions;
  /** The key is absent, or in none of these revisions. */
  readonly ifNoneMatch?: Revisions;
}

export interface Put {
  readonly type: 'put';
  readonly key: Key;
  readonly value: Uint8Array;
  readonly contentType: string;
  /** Absent: it lives until it is deleted. */
  readonly lifetime?: LifetimeWish | undefined;
  readonly condition?: Condition;
  /** Whether the answer is to carry what the key had before. */
  readonly prev: boolean;
}

export interface Delete {
  readonly type: 'delete';
  readonly key: Key;
  readonly condition?: Condition;
  readonly prev: boolean;
}

/** Deletes all keys with the prefix; the empty prefix is that of all keys. */
export interface DeleteRange {
  readonly type: 'deleteRange';
  readonly prefix: Key;
}

/** Adds to the number that the key's value is; a key that is absent counts as 0. */
export interface Increment {
  readonly type: 'increment';
  readonly key: Key;
  readonly by: number;
  readonly condition?: Condition;
}

export type Operation = Put | Delete | DeleteRange | Increment | Transaction | LeaseOperation;

/** Whether it may add to what is stored: what is refused where the disks are full. */
export function grows(operation: Operation): boolean {
  switch (operation.type) {
    case 'put':
    case 'increment':
      return true;
    case 'delete':
    case 'deleteRange':
    case 'leaseGrant':
    case 'leaseRenew':
    case 'leaseRevoke':
    case 'lockAcquire':
    case 'lockLeave':
    case 'lockRenew':
    case 'lockRelease':
    case 'expire':
      return false;
    case 'transaction':
      return [...operation.whenMet, ...(operation.otherwise ?? [])].some(
        ({ type }) => type === 'put' || type === 'increment',
      );
    default:
      return unreachable(operation);
  }
}

export interface ClientCommand {
  readonly id: CommandId;
  readonly operation: Operation;
  /** Of a request that may come again. */
  readonly once?: Once | undefined;
  /** What it needs to be done at all. */
  readonly fence?: Fence | undefined;
}
