/** What was answered of leases and locks, as JSON between replicas. */
import type { LeaseAnswer } from '../kv/answer.ts';
import { isCommandId } from '../kv/command-id.ts';
import { LEASE_ANSWERS, type LeaseAnswerType } from '../kv/lease-answer.ts';
import { unreachable } from '../paxos/assert.ts';
import { exactFields, type Fields, integer, refuse, text } from './shape.ts';

const ID_CHARS = 32;

export function leaseAnswerType(type: string): LeaseAnswerType | undefined {
  return LEASE_ANSWERS.find((known) => known === type);
}

export function parseLeaseAnswer(value: unknown, type: LeaseAnswerType): LeaseAnswer {
  const fieldsOf = (required: readonly string[], optional: readonly string[] = []) =>
    exactFields(value, ['type', 'revision', ...required], optional);
  switch (type) {
    case 'leaseGranted':
    case 'leaseRenewed': {
      const fields = fieldsOf(['lease', 'ttlMs']);
      const lease = integer(fields.lease, 1);
      return { type, revision: revisionIn(fields), lease, ttlMs: integer(fields.ttlMs, 1) };
    }
    case 'lockHeld': {
      const fields = fieldsOf(['fence', 'lease', 'ttlMs']);
      const held = { fence: integer(fields.fence, 1), lease: integer(fields.lease, 1) };
      return { type, revision: revisionIn(fields), ...held, ttlMs: integer(fields.ttlMs, 1) };
    }
    case 'leaseRevoked':
    case 'expired': {
      const fields = fieldsOf(['deleted']);
      return { type, revision: revisionIn(fields), deleted: integer(fields.deleted, 0) };
    }
    case 'leaseGone': {
      const fields = fieldsOf([], ['action']);
      const action = fields.action === undefined ? {} : { action: integer(fields.action, 0) };
      return { type, revision: revisionIn(fields), ...action };
    }
    case 'lockQueued': {
      const fields = fieldsOf(['waiter']);
      const waiter = text(fields.waiter, ID_CHARS);
      if (!isCommandId(waiter)) return refuse('a waiter without an id');
      return { type, revision: revisionIn(fields), waiter };
    }
    case 'lockBusy': {
      const fields = fieldsOf(['freeInMs']);
      return { type, revision: revisionIn(fields), freeInMs: integer(fields.freeInMs, 0) };
    }
    case 'staleFence': {
      const fields = fieldsOf([], ['current']);
      const current = fields.current === undefined ? {} : { current: integer(fields.current, 1) };
      return { type, revision: revisionIn(fields), ...current };
    }
    case 'lockLeft':
    case 'tooManyWaiters':
    case 'tooManyLeases':
      return { type, revision: revisionIn(fieldsOf([])) };
    default:
      return unreachable(type);
  }
}

function revisionIn({ revision }: Fields): number {
  return integer(revision, 0);
}
