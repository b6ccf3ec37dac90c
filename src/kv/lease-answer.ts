/** What was answered of leases and locks: its members, and their bytes within an answer (answer-codec.ts). */
import type { KeptAnswer, LeaseAnswer } from './answer.ts';
import type { ByteReader, ByteSink } from './bytes.ts';
import { readCommandId, writeCommandId } from './command-id.ts';
import { readPositive } from './lifetime.ts';
import { unreachable } from './unreachable.ts';

export type LeaseAnswerType = LeaseAnswer['type'];

/** In the order of their numbers on the disk: new ones come last. */
export const LEASE_ANSWERS = [
  'leaseGranted',
  'leaseRenewed',
  'leaseRevoked',
  'leaseGone',
  'lockHeld',
  'lockQueued',
  'lockBusy',
  'lockLeft',
  'tooManyWaiters',
  'tooManyLeases',
  'staleFence',
  'expired',
] as const satisfies readonly LeaseAnswerType[];

const KNOWN: ReadonlySet<string> = new Set(LEASE_ANSWERS);

export function isLeaseAnswer(answer: KeptAnswer): answer is LeaseAnswer {
  return KNOWN.has(answer.type);
}

/** Without its type and revision. */
export function writeLeaseAnswer(sink: ByteSink, answer: LeaseAnswer): void {
  switch (answer.type) {
    case 'leaseGranted':
    case 'leaseRenewed':
      sink.writeCount(answer.lease);
      return sink.writeCount(answer.ttlMs);
    case 'lockHeld':
      sink.writeCount(answer.fence);
      sink.writeCount(answer.lease);
      return sink.writeCount(answer.ttlMs);
    case 'leaseRevoked':
    case 'expired':
      return sink.writeCount(answer.deleted);
    case 'leaseGone':
      return sink.writeCount(answer.action === undefined ? 0 : answer.action + 1);
    case 'lockQueued':
      return writeCommandId(sink, answer.waiter);
    case 'lockBusy':
      return sink.writeCount(answer.freeInMs);
    case 'staleFence':
      return sink.writeCount(answer.current ?? 0);
    case 'lockLeft':
    case 'tooManyWaiters':
    case 'tooManyLeases':
      return undefined;
    default:
      return unreachable(answer);
  }
}

export function readLeaseAnswer(
  reader: ByteReader,
  type: LeaseAnswerType,
  revision: number,
): LeaseAnswer {
  switch (type) {
    case 'leaseGranted':
    case 'leaseRenewed':
      return { type, revision, lease: readPositive(reader), ttlMs: reader.readCount() };
    case 'lockHeld': {
      const fence = readPositive(reader);
      return { type, revision, fence, lease: readPositive(reader), ttlMs: reader.readCount() };
    }
    case 'leaseRevoked':
    case 'expired':
      return { type, revision, deleted: reader.readCount() };
    case 'leaseGone': {
      const action = reader.readCount();
      return action === 0 ? { type, revision } : { type, revision, action: action - 1 };
    }
    case 'lockQueued':
      return { type, revision, waiter: readCommandId(reader) };
    case 'lockBusy':
      return { type, revision, freeInMs: reader.readCount() };
    case 'staleFence': {
      const current = reader.readCount();
      return current === 0 ? { type, revision } : { type, revision, current };
    }
    case 'lockLeft':
    case 'tooManyWaiters':
    case 'tooManyLeases':
      return { type, revision };
    default:
      return unreachable(type);
  }
}
