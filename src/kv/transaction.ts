/**
 * A transaction: guards on what the store holds, and what is done where all of them hold, or where
 * one does not. It is one command: all or nothing, at one revision.
 */
import type { Key } from './key.ts';
import type { LifetimeWish } from './lifetime.ts';

export type Comparison = '=' | '!=' | '<' | '>';

/** Of an absent key, `revision` and `version` are 0, and its value equals nothing. */
export type Guard = NumberGuard | ValueGuard | ExistsGuard;

export interface NumberGuard {
  readonly type: 'revision' | 'version';
  readonly key: Key;
  readonly comparison: Comparison;
  readonly operand: number;
}

/** Values are in the order of their bytes; what one begins with comes first. */
export interface ValueGuard {
  readonly type: 'value';
  readonly key: Key;
  readonly comparison: Comparison;
  readonly operand: Uint8Array;
}

export interface ExistsGuard {
  readonly type: 'exists';
  readonly key: Key;
  readonly operand: boolean;
}

/** What a transaction does, one after the other; each sees what those before it have done. */
export type Action = PutAction | DeleteAction | DeletePrefix | Get | List | IncrementAction;

export interface PutAction {
  readonly type: 'put';
  readonly key: Key;
  readonly value: Uint8Array;
  readonly contentType: string;
  /** Absent: it lives until it is deleted. */
  readonly lifetime?: LifetimeWish | undefined;
}

export interface DeleteAction {
  readonly type: 'delete';
  readonly key: Key;
}

/** The empty prefix is that of all keys. */
export interface DeletePrefix {
  readonly type: 'deletePrefix';
  readonly prefix: Key;
}

export interface Get {
  readonly type: 'get';
  readonly key: Key;
}

export interface List {
  readonly type: 'list';
  /** Inclusive. */
  readonly start: Key;
  /** Exclusive; absent: the end of all keys. */
  readonly end?: Key;
  /** At least 1. */
  readonly limit: number;
  /** The items are left out. */
  readonly keysOnly: boolean;
}

export interface IncrementAction {
  readonly type: 'increment';
  readonly key: Key;
  readonly by: number;
}

export interface Transaction {
  readonly type: 'transaction';
  readonly guards: readonly Guard[];
  readonly whenMet: readonly Action[];
  /** Where a guard does not hold; absent: then the whole is refused. */
  readonly otherwise?: readonly Action[];
}

/** Guards and actions of one transaction: what a replica reads from a log. */
export const MAX_TRANSACTION_PARTS = 10_000;

/** Actions that look at a range: their keys are in memory while the transaction is applied. */
export const MAX_TRANSACTION_RANGES = 16;

/** Of keys and values in the results, so that an answer fits into a frame between replicas. */
export const MAX_RESULT_BYTES = 4 * 1024 * 1024;

export const MAX_LISTED_ITEMS = 10_000;

export function countRanges({ otherwise = [], whenMet }: Transaction): number {
  return [...whenMet, ...otherwise].filter(({ type }) => type === 'list' || type === 'deletePrefix')
    .length;
}
