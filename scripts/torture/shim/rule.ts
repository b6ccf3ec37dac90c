/** What becomes of a process's calls on the files of its data directory. */
import { ACTIONS, OPERATIONS, RULE_BYTES, RULE_PATH_AT, RULE_PATH_BYTES } from './layout.ts';
import { unreachable } from '../../../src/kv/unreachable.ts';

export type DiskOperation = keyof typeof OPERATIONS;

export type DiskAction =
  | { readonly type: 'error'; readonly code: 'EIO' | 'ENOSPC' }
  /** Before the call. */
  | { readonly type: 'sleep'; readonly ms: number }
  /** Until the rule is removed, or the process is killed. */
  | { readonly type: 'hang' }
  /** A sync returns at once and has done nothing. */
  | { readonly type: 'lie' }
  /** The process gets SIGKILL right before the call, or when it has returned. */
  | { readonly type: 'kill'; readonly when: 'before' | 'after' };

export interface DiskRule {
  /** `write` is what reaches the system: stdio holds back. `read`: of tables, as they are mapped. */
  readonly on: readonly DiskOperation[];
  /** A part of the path below the data directory, of a rename the old or the new one; all by default. */
  readonly path?: string;
  /** So many calls pass before the first that is struck; none by default. */
  readonly skip?: number;
  /** How many are struck; for ever by default. */
  readonly times?: number;
  readonly action: DiskAction;
}

/** Where in a rule its counters are: calls that fitted, and those that were struck. */
export const SEEN_AT = 40;
export const STRUCK_AT = 48;

const ERRORS = { EIO: 5, ENOSPC: 28 } as const;
const US_PER_MS = 1000;

/** All but the first four bytes count; these are not 0 in a rule that is on. */
export function encodeRule(rule: DiskRule): Buffer {
  const bytes = Buffer.alloc(RULE_BYTES);
  const operations = rule.on.reduce((all, one) => all | OPERATIONS[one], 0);
  const { action, error = 0, us = 0 } = numbersOf(rule.action);
  bytes.writeUInt32LE(1, 0);
  bytes.writeUInt32LE(operations, 4);
  bytes.writeUInt32LE(action, 8);
  bytes.writeInt32LE(error, 12);
  bytes.writeBigUInt64LE(BigInt(rule.skip ?? 0), 16);
  bytes.writeBigUInt64LE(BigInt(rule.times ?? 0), 24);
  bytes.writeBigUInt64LE(BigInt(us), 32);
  const path = Buffer.from(rule.path ?? '');
  if (path.length >= RULE_PATH_BYTES) throw new Error(`${rule.path} is too long for a rule`);
  path.copy(bytes, RULE_PATH_AT);
  return bytes;
}

interface ActionNumbers {
  readonly action: number;
  readonly error?: number;
  readonly us?: number;
}

function numbersOf(action: DiskAction): ActionNumbers {
  switch (action.type) {
    case 'error':
      return { action: ACTIONS.error, error: ERRORS[action.code] };
    case 'sleep':
      return { action: ACTIONS.sleep, us: Math.round(action.ms * US_PER_MS) };
    case 'hang':
      return { action: ACTIONS.hang };
    case 'lie':
      return { action: ACTIONS.lie };
    case 'kill':
      return { action: action.when === 'before' ? ACTIONS.killBefore : ACTIONS.killAfter };
    default:
      return unreachable(action);
  }
}
