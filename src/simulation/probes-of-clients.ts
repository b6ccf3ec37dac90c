/** Probes of what clients are told. */
import { unreachable } from '../paxos/assert.ts';
import type { NotDoneReason, ReadGrant, ReadOptions, WriteOutcome } from '../replica/api.ts';
import type { Page } from '../storage/page.ts';
import type { ProbeName, Probes } from './probes.ts';

const REFUSALS: { readonly [Reason in NotDoneReason]: ProbeName } = {
  noLeader: 'refusedNoLeader',
  overloaded: 'requestsFull',
  deadline: 'deadlineBeforeProposal',
  notReady: 'refusedNotReady',
  closing: 'refusedClosing',
  removed: 'refusedRemoved',
  diskFull: 'refusedDiskFull',
};

export function writeAnswered(probes: Probes, outcome: WriteOutcome): void {
  switch (outcome.type) {
    case 'applied': {
      const { answer } = outcome;
      if (answer.type === 'conditionFailed') probes.reached('conditionFailed');
      if (answer.type === 'tooManyKeys') probes.reached('tooManyKeys');
      if (answer.type === 'guardsFailed') probes.reached('guardsFailed');
      if (answer.type === 'notANumber') probes.reached('notANumber');
      if (answer.type === 'transaction' && !answer.succeeded) probes.reached('elseTaken');
      return undefined;
    }
    case 'notApplied':
      return probes.reached(REFUSALS[outcome.reason]);
    case 'unknown':
      return probes.reached(unknownProbe(outcome.reason));
    default:
      return unreachable(outcome);
  }
}

function unknownProbe(reason: Extract<WriteOutcome, { type: 'unknown' }>['reason']): ProbeName {
  switch (reason) {
    case 'deadline':
      return 'deadlineUnknown';
    case 'leaderLost':
      return 'unknownLeaderLost';
    case 'steppedDown':
      return 'unknownSteppedDown';
    default:
      return unreachable(reason);
  }
}

export function readAnswered(probes: Probes, level: ReadOptions['level'], grant: ReadGrant): void {
  if (grant.type === 'granted' && level === 'lease') {
    probes.reached(grant.level === 'lease' ? 'leaseRead' : 'leaseReadWithout');
  }
  if (grant.type === 'granted') return;
  if (grant.reason === 'overloaded') probes.reached('readsFull');
  else if (grant.reason === 'deadline') probes.reached('readDeadline');
  else probes.reached(REFUSALS[grant.reason]);
}

export function pageAnswered(probes: Probes, page: Page, isOld: boolean): void {
  if (page.type !== 'page') return;
  if (isOld) probes.reached('oldPageRead');
  if (page.next !== undefined) probes.reached('pageCutShort');
}
