/** The one table that turns what became of a request into what the client is told. */
import { entityTag } from './entity-tag.ts';
import { Problem, tooLarge, type ProblemCode } from './problem.ts';
import type { NotDoneReason, WriteOutcome } from '../replica/api.ts';
import type {
  Answer,
  Deleted,
  Incremented,
  LeaseAnswer,
  PutDone,
  TransactionDone,
} from '../kv/answer.ts';
import { unreachable } from '../kv/unreachable.ts';

/** 503, or 507: nothing was done. */
const NOT_DONE: Readonly<Record<NotDoneReason, readonly [ProblemCode, string]>> = {
  noLeader: ['no_leader', 'no quorum has a leader at the moment'],
  overloaded: ['overloaded', 'more requests wait than are taken'],
  deadline: ['deadline', 'it was not begun in time'],
  removed: ['removed', 'this replica is no member of its cluster any more'],
  notReady: ['not_ready', 'the replica has not caught up yet'],
  closing: ['closing', 'the replica is being stopped'],
  diskFull: ['disk_full', 'the disks of a quorum are nearly full; deletes pass'],
};

export type UnknownReason = Extract<WriteOutcome, { type: 'unknown' }>['reason'];

/** 504: it may have happened. */
const UNKNOWN: Readonly<Record<UnknownReason, readonly [ProblemCode, string]>> = {
  deadline: ['timed_out', 'it was proposed, and may still be chosen'],
  leaderLost: ['leader_lost', 'it was sent to the leader, and no answer came'],
  steppedDown: ['stepped_down', 'it was proposed, and another leader may choose it'],
};

export function notDone(reason: NotDoneReason): Problem {
  const [code, detail] = NOT_DONE[reason];
  return new Problem(code, detail);
}

export function unknownOutcome(reason: UnknownReason): Problem {
  const [code, detail] = UNKNOWN[reason];
  return new Problem(code, detail);
}

type LeaseDone = Extract<
  LeaseAnswer,
  {
    readonly type:
      | 'leaseGranted'
      | 'leaseRenewed'
      | 'leaseRevoked'
      | 'lockHeld'
      | 'lockQueued'
      | 'lockLeft'
      | 'expired';
  }
>;

export type Done = PutDone | Deleted | Incremented | TransactionDone | LeaseDone;

/** What a write answers with: what it did, or why not, and the revision that says so. */
export type WriteReply = Reply & { readonly replay?: Replay };

type Reply =
  | { readonly type: 'done'; readonly answer: Done }
  | { readonly type: 'refused'; readonly problem: Problem; readonly revision?: number };

/** It is the first answer again: at this revision of the store. */
export interface Replay {
  readonly revision: number;
  /** What it had read is not kept. */
  readonly isCut: boolean;
}

export function replyOf(outcome: WriteOutcome): WriteReply {
  switch (outcome.type) {
    case 'applied':
      return replyOfAnswer(outcome.answer);
    case 'notApplied':
      return { type: 'refused', problem: notDone(outcome.reason) };
    case 'unknown':
      return { type: 'refused', problem: unknownOutcome(outcome.reason) };
    default:
      return unreachable(outcome);
  }
}

function replyOfAnswer(answer: Answer): WriteReply {
  const { revision } = answer;
  switch (answer.type) {
    case 'replayed': {
      const { isCut } = answer;
      return { ...replyOfAnswer(answer.answer), replay: { revision, isCut } };
    }
    case 'onceMismatch': {
      const detail = 'another request was made with this Idempotency-Key';
      return { type: 'refused', revision, problem: new Problem('idempotency_mismatch', detail) };
    }
    case 'onceFull': {
      const detail = 'as many answers are kept as may be: try again later, or without the key';
      return { type: 'refused', revision, problem: new Problem('idempotency_full', detail) };
    }
    case 'put':
    case 'deleted':
    case 'incremented':
    case 'transaction':
    case 'leaseGranted':
    case 'leaseRenewed':
    case 'leaseRevoked':
    case 'lockHeld':
    case 'lockQueued':
    case 'lockLeft':
    case 'expired':
      return { type: 'done', answer };
    case 'leaseGone':
      return { type: 'refused', revision, problem: leaseGone(answer.action) };
    case 'lockBusy':
      return { type: 'refused', revision, problem: lockBusy(answer.freeInMs) };
    case 'staleFence':
      return { type: 'refused', revision, problem: staleFence(answer.current) };
    case 'tooManyWaiters': {
      const detail = 'as many wait for this lock as may: try again later';
      return { type: 'refused', revision, problem: new Problem('lock_queue_full', detail) };
    }
    case 'tooManyLeases': {
      const detail = 'there are as many leases as may be: try again when some have ended';
      return { type: 'refused', revision, problem: new Problem('too_many_leases', detail) };
    }
    case 'absent':
      return { type: 'refused', revision, problem: keyNotFound() };
    case 'conditionFailed':
      return { type: 'refused', revision, problem: conditionFailed(answer.current) };
    case 'guardsFailed':
      return { type: 'refused', revision, problem: guardsFailed(answer.failed) };
    case 'notANumber':
      return { type: 'refused', revision, problem: notANumber(answer.action) };
    case 'resultTooLarge': {
      const { actual, max } = answer;
      const problem = tooLarge('result_too_large', 'resultBytes', max, actual);
      return { type: 'refused', revision, problem };
    }
    case 'tooManyKeys': {
      const problem = tooLarge('too_many_keys', 'changedKeys', answer.max, answer.actual);
      return { type: 'refused', revision, problem };
    }
    default:
      return unreachable(answer);
  }
}

const MS_PER_S = 1000;

/** `action`: of a transaction, the one that names it. */
export function leaseGone(action?: number, fields: readonly string[] = []): Problem {
  const detail = 'there is no such lease: it has ended, or there never was one';
  const extra = action === undefined ? {} : { extra: { action } };
  return new Problem('lease_expired', detail, { ...extra, fields });
}

export function lockFree(fields: readonly string[]): Problem {
  return new Problem('lock_free', 'nobody holds the lock', { fields });
}

/** `freeInMs`: how long it is held where it is not renewed; 0: nobody knows. */
export function lockBusy(freeInMs: number): Problem {
  const seconds = Math.max(1, Math.ceil(freeInMs / MS_PER_S));
  const fields = ['Retry-After', `${seconds}`];
  return new Problem('lock_held', 'another client holds the lock', { fields });
}

/** `current`: that of who holds it, if anybody does. */
function staleFence(current: number | undefined): Problem {
  if (current === undefined) return new Problem('stale_fence', 'nobody holds the lock');
  return new Problem('stale_fence', `the lock is at fence ${current}`, { extra: { current } });
}

function guardsFailed(failed: readonly number[]): Problem {
  const detail = `of the guards, from 0, these do not hold: ${failed.join(', ')}`;
  return new Problem('guards_failed', detail, { extra: { failed } });
}

function notANumber(action: number | undefined): Problem {
  const detail = 'the value is no whole number, or the sum none below 2^53';
  return new Problem('not_a_number', detail, action === undefined ? {} : { extra: { action } });
}

/** `fields`: header fields that the answer carries as well. */
export function keyNotFound(fields: readonly string[] = []): Problem {
  return new Problem('key_not_found', 'the store has no such key', { fields });
}

/** `current`: the key's revision, where it exists. */
export function conditionFailed(current: number | undefined): Problem {
  if (current === undefined) return new Problem('condition_failed', 'the key does not exist');
  return new Problem('condition_failed', `the key is at revision ${current}`, {
    extra: { current },
    fields: ['ETag', entityTag(current)],
  });
}

export function futureRevision(revision: number): Problem {
  return new Problem('future_revision', `the store is at revision ${revision}`);
}

export function compacted(oldestRevision: number): Problem {
  const detail = `the oldest revision that can be read is ${oldestRevision}`;
  return new Problem('compacted', detail, { extra: { oldestRevision } });
}
