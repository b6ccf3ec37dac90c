/** The checker against a slow one that tries every order, on many small histories. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptsOf } from '../../src/verify/attempt.ts';
import type { HistoryEvent } from '../../src/verify/history.ts';
import { checkCalls } from '../../src/verify/linearizability.ts';
import { callsOf, type Call } from '../../src/verify/model.ts';
import {
  registerModel,
  type RegisterInput,
  type RegisterOutput,
} from '../../src/verify/register.ts';

type RegisterCall = Call<RegisterInput, RegisterOutput>;

/** Whether some order explains the calls: straight from the definition, with no cleverness. */
function hasOrder(calls: readonly RegisterCall[], state: string): boolean {
  const known = calls.filter((call) => call.returned !== undefined);
  if (known.length === 0) return true;
  const firstEnd = Math.min(...known.map((call) => call.returned ?? Infinity));
  return calls.some((call) => {
    if (call.invoked > firstEnd) return false;
    const after = registerModel.step(state, call.input, call.output);
    if (after === undefined) return false;
    return hasOrder(
      calls.filter((other) => other !== call),
      after,
    );
  });
}

/** The calls as they stood right before an event: which had returned, and which were open. */
function cutBefore(calls: readonly RegisterCall[], event: number): RegisterCall[] {
  return calls
    .filter((call) => call.invoked < event)
    .map((call) =>
      call.returned !== undefined && call.returned >= event
        ? { ...call, returned: undefined }
        : call,
    );
}

const value = fc.constantFrom(null, 1, 2, 3);
const anyStep = fc.record({
  process: fc.nat({ max: 3 }),
  f: fc.constantFrom('read', 'write', 'cas', 'cas'),
  value,
  expected: value,
  type: fc.constantFrom(
    'ok' as const,
    'ok' as const,
    'ok' as const,
    'fail' as const,
    'info' as const,
  ),
});

/** Each step begins a call of its process, or ends the one that is open. */
const anyHistory = fc.array(anyStep, { maxLength: 14, size: 'max' }).map((steps) => {
  const open = new Map<number, HistoryEvent>();
  return steps.map((step, time): HistoryEvent => {
    const { process, type } = step;
    const begun = open.get(process);
    if (begun !== undefined) {
      open.delete(process);
      return { ...begun, type, value: begun.f === 'read' ? step.value : begun.value, time };
    }
    const asked = { read: null, write: step.value, cas: [step.expected, step.value] };
    const argument = step.f === 'read' || step.f === 'write' ? asked[step.f] : asked.cas;
    const event = { process, f: step.f, key: 'k', value: argument, time };
    open.set(process, { ...event, type: 'invoke' });
    return { ...event, type: 'invoke' };
  });
});

describe('on small histories the checker', () => {
  const counts = { linearizable: 0, notLinearizable: 0, undecided: 0 };

  it('agrees with one that tries every order', () => {
    fc.assert(
      fc.property(anyHistory, (events) => {
        const calls = callsOf(attemptsOf(events), registerModel);
        const verdict = checkCalls(calls, registerModel);
        counts[verdict.type] += 1;
        const expected = hasOrder(calls, 'null') ? 'linearizable' : 'notLinearizable';
        expect(verdict.type).toBe(expected);
      }),
      { numRuns: 20_000 },
    );
    expect(counts.linearizable).toBeGreaterThan(2000);
    expect(counts.notLinearizable).toBeGreaterThan(2000);
    expect(counts.undecided).toBe(0);
  });

  it('names the first event that no order explains, and a part that has none', () => {
    let offences = 0;
    fc.assert(
      fc.property(anyHistory, (events) => {
        const calls = callsOf(attemptsOf(events), registerModel);
        const verdict = checkCalls(calls, registerModel);
        if (verdict.type !== 'notLinearizable') return;
        offences += 1;
        const { call, part, states } = verdict.offence;
        const end = call.returned ?? 0;
        expect(hasOrder(cutBefore(calls, end), 'null')).toBe(true);
        expect(hasOrder(cutBefore(calls, end + 1), 'null')).toBe(false);
        expect(part).toContainEqual(call);
        expect(states.length).toBeGreaterThan(0);
        for (const { returned: _, ...asked } of part) {
          expect(calls).toContainEqual(expect.objectContaining(asked));
        }
        expect(states.filter((state) => hasOrder(part, state))).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
    expect(offences).toBeGreaterThan(1000);
  });
});
