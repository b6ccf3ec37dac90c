/** I25: what waits is bounded; I14: who answers has applied; and what an error counts as. */
import { describe, expect, test } from 'vitest';
import { AssertionFailed } from '../../../src/paxos/assert.ts';
import { startCore, step } from '../../../src/paxos/core.ts';
import { NOTHING_RECOVERED } from '../../../src/paxos/core-state.ts';
import { DEFAULT_CORE_LIMITS } from '../../../src/paxos/core-limits.ts';
import { DEFAULT_REPLICA_LIMITS } from '../../../src/replica/limits.ts';
import { Ghost } from '../../../src/simulation/ghost/ghost.ts';
import { InvariantViolation, violationOf } from '../../../src/simulation/ghost/invariant.ts';
import { Resources } from '../../../src/simulation/ghost/resources.ts';
import { Unfinished } from '../../../src/simulation/unfinished.ts';
import { membershipOf, violated } from './forbidden.ts';

const LIMITS = {
  ...DEFAULT_REPLICA_LIMITS,
  pendingRequests: 2,
  pendingReads: 3,
  core: { ...DEFAULT_CORE_LIMITS, proposalWindow: 2, openSlots: 4 },
};

function leadingCore() {
  const { core } = startCore({
    self: 1,
    membership: { ...membershipOf(1), quorums: { phase1: 1, phase2: 1 } },
    limits: LIMITS.core,
    recovered: NOTHING_RECOVERED,
    seed: 1,
    firstNonce: 1,
    nowMs: 0,
  });
  let messages = step(core, 0, { type: 'campaign' });
  while (core.role.name !== 'leader') {
    messages = messages.flatMap((effect) =>
      effect.type === 'send'
        ? step(core, 0, { type: 'message', from: 1, message: effect.message })
        : [],
    );
  }
  return core;
}

describe('I25: limits', () => {
  test('of requests, reads and accepted slots', () => {
    const resources = new Resources(LIMITS);
    const core = leadingCore();
    const look = (requests: number, reads: number) =>
      violated(() => resources.look({ core, waiting: { requests, reads } }));
    expect(look(2, 3)).toBeUndefined();
    expect(look(3, 0)).toBe('I25');
    expect(look(0, 4)).toBe('I25');
    for (let slot = 2; slot < 2_000; slot += 1) {
      core.acceptor.accepted.set(slot, {
        epoch: 1,
        ballot: core.acceptor.promised,
        command: { type: 'noop', timeMs: 0, ballot: core.acceptor.promised },
      });
    }
    expect(look(0, 0)).toBe('I25');
    resources.started(2, 2_000);
    expect(look(0, 0)).toBe('I25');
    resources.started(1, 2_000);
    expect(look(0, 0)).toBeUndefined();
    resources.started(1, 10);
    expect(look(0, 0)).toBe('I25');
  });

  test('of slots in flight, and above what is applied', () => {
    const resources = new Resources(LIMITS);
    const core = leadingCore();
    step(core, 0, { type: 'propose', bytes: new Uint8Array() });
    expect(violated(() => resources.proposed(core))).toBeUndefined();
    if (core.role.name === 'leader') core.role.nextSlot += 1;
    expect(violated(() => resources.proposed(core))).toBe('I25');
    expect(violated(() => resources.accepts(core, 4))).toBeUndefined();
    expect(violated(() => resources.accepts(core, 5))).toBe('I25');
  });
});

describe('the ghost', () => {
  test('I14: who tells that a command is applied has applied it', () => {
    const answer = { type: 'absent', revision: 1 } as const;
    const outcome = { type: 'applied', slot: 1, answer } as const;
    const sent = () => new Ghost().sent(1, 2, { type: 'forwarded', id: '', outcome });
    expect(violated(sent)).toBe('I14');
  });

  test('I22: one cluster, and no message that no correct replica sends', () => {
    const ghost = new Ghost();
    ghost.membership(membershipOf(3));
    const other = { ...membershipOf(3), clusterId: 'd' };
    expect(violated(() => ghost.membership(other))).toBe('I22');
    expect(violated(() => ghost.event(1, { type: 'alarm', from: 2, reason: '' }))).toBe('I22');
  });
});

describe('an error that comes out of a world', () => {
  test('counts under its own label, if it has one', () => {
    const asserted = violationOf(
      new AssertionFailed('P1a: a leader has promised no higher ballot'),
    );
    expect(asserted).toMatchObject({ invariant: 'P1a' });
    expect(violationOf(new AssertionFailed('slots are applied in order'))).toMatchObject({
      invariant: 'I25',
    });
    expect(violationOf(new TypeError('x is undefined'))).toMatchObject({ invariant: 'I25' });
    const violation = new InvariantViolation('L3: few elections', '4 leaders');
    expect(violationOf(violation)).toBe(violation);
    expect(violation).toMatchObject({ invariant: 'L3', rule: 'L3: few elections' });
  });

  test('and is none where the world was only given up', () => {
    const unfinished = new Unfinished('10 events');
    expect(violationOf(unfinished)).toBe(unfinished);
  });
});
