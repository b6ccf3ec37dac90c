/** What becomes of leases and locks, as the model has it: each rare branch is to be reached. */
import type { Answer } from '../kv/answer.ts';
import type { Operation } from '../kv/operation.ts';
import type { ProbeName, Probes } from './probes.ts';

const ANSWERED: ReadonlyMap<Answer['type'], ProbeName> = new Map([
  ['leaseGranted', 'leaseGranted'],
  ['leaseRenewed', 'leaseRenewed'],
  ['leaseRevoked', 'leaseRevoked'],
  ['leaseGone', 'leaseGone'],
  ['lockHeld', 'lockHeld'],
  ['lockQueued', 'lockQueued'],
  ['lockBusy', 'lockBusy'],
  ['tooManyWaiters', 'tooManyWaiters'],
  ['tooManyLeases', 'tooManyLeases'],
]);

export function leaseAnswered(probes: Probes, operation: Operation, answer: Answer): void {
  const name = ANSWERED.get(answer.type);
  if (name !== undefined) probes.reached(name);
  if (answer.type !== 'expired' || operation.type !== 'expire') return;
  if (answer.deleted > 0) probes.reached('keyExpired');
  const wished = operation.keys.length + operation.leases.length;
  if (answer.deleted === 0 && wished > 0) probes.reached('expiredNothing');
}
