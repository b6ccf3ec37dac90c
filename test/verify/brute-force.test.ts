/** The checker against a slow one that tries every order, on many small histories. */
import { describe, expect, it } from 'vitest';
import { attemptsOf } from '../../src/verify/attempt.ts';
import type { HistoryEvent } from '../../src/verify/history.ts';
import { checkCalls, checkHistory } from '../../src/verify/linearizability.ts';
import { mapModel } from '../../src/verify/map.ts';
import { callsOf, type Defined, type Model } from '../../src/verify/model.ts';
import { registerModel } from '../../src/verify/register.ts';
import { textModel } from '../../src/verify/text.ts';
import { falsify, record } from './recorder.ts';
import { endsOf, hasOrder, plainCalls, type PlainCall } from './reference.ts';
import { randomFrom } from './stories.ts';
import { maps, registers, texts, type Workload } from './workloads.ts';

const HISTORIES = 500;
const OFFENCES = 100;

function smallHistory(seed: number, workload: Workload): readonly HistoryEvent[] {
  const random = randomFrom(seed);
  let { events } = record(
    {
      seed,
      events: 6 + random(14),
      processes: 2 + random(4),
      unknownPercent: 20 * random(3),
      haste: 3 + random(6),
    },
    workload,
  );
  for (let times = random(4); times > 0; times -= 1) events = falsify(random, events, workload);
  return events;
}

describe('on small histories the checker agrees with one that tries every order', () => {
  it.each([
    ['a register', () => counted(registerModel, registers(['k'], [1, 2]))],
    ['two registers', () => counted(registerModel, registers(['k', 'l'], [1, 2, 3]))],
    ['a text', () => counted(textModel, texts(['k'], ['a', 'b']))],
    ['two texts', () => counted(textModel, texts(['k', 'l'], ['a', 'ab', 'b', '']))],
    ['a map of two keys', () => counted(mapModel, maps(['a', 'b'], [1, 2]))],
    ['a map of four keys', () => counted(mapModel, maps(['a', 'b', 'c', 'd'], [1, 2]))],
  ])('of %s', (_, compare) => {
    const counts = compare();
    expect(counts.linearizable).toBeGreaterThan(HISTORIES / 4);
    expect(counts.notLinearizable).toBeGreaterThan(HISTORIES / 8);
    expect(counts.undecided).toBe(0);
  });
});

describe('an offence has no order, and each of its calls is needed for that', () => {
  it.each([
    ['a register', () => lengths(registerModel, registers(['k'], [1, 2, 3]))],
    ['a text', () => lengths(textModel, texts(['k'], ['a', 'b']))],
    ['a map', () => lengths(mapModel, maps(['a', 'b'], [1, 2]))],
  ])('of %s', (_, compare) => {
    const long = compare().filter((length) => length > 1);
    expect(long.length).toBeGreaterThan(OFFENCES / 10);
  });
});

function counted<State extends Defined, Input, Output>(
  model: Model<State, Input, Output>,
  workload: Workload,
) {
  const counts = { linearizable: 0, notLinearizable: 0, undecided: 0 };
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    const events = smallHistory(seed, workload);
    const { type } = checkHistory(events, model);
    counts[type] += 1;
    const expected = hasOrder(plainCalls(events), workload);
    expect([seed, type]).toEqual([seed, expected ? 'linearizable' : 'notLinearizable']);
  }
  return counts;
}

/** Of the parts. */
function lengths<State extends Defined, Input, Output>(
  model: Model<State, Input, Output>,
  workload: Workload,
): readonly number[] {
  const found: number[] = [];
  for (let seed = 1; found.length < OFFENCES; seed += 1) {
    const events = smallHistory(seed, workload);
    const verdict = checkCalls(callsOf(attemptsOf(events), model), model);
    if (verdict.type !== 'notLinearizable') continue;
    const { call, explanations } = verdict.offence;
    const end = call.returned ?? 0;
    const calls = plainCalls(events).filter(({ wish, answer }) => isTold(wish.f, answer));
    expect(hasOrder(openAt(calls, end - 1), workload)).toBe(true);
    expect(hasOrder(openAt(calls, end), workload)).toBe(false);
    expect(explanations.at(-1)?.after).toBe(0);
    for (const { after, part, isShortest } of explanations) {
      found.push(part.length);
      expect(isShortest).toBe(true);
      expect(part).toContainEqual(call);
      const needed = part.map(({ invoked }) => invoked);
      const isPossible = (those: readonly number[]) =>
        hasOrderWith(openAt(calls, end), { after, needed: those, workload });
      expect([seed, isPossible(needed)]).toEqual([seed, false]);
      for (const one of needed) {
        expect(isPossible(needed.filter((invoked) => invoked !== one))).toBe(true);
      }
    }
  }
  return found;
}

/** Whether the calls after a moment have an order if only some of them must have taken effect. */
function hasOrderWith(
  calls: readonly PlainCall[],
  { after, needed, workload }: { after: number; needed: readonly number[]; workload: Workload },
): boolean {
  const states = endsOf(openAt(calls, after), [new Map()], workload);
  const left = calls.filter(({ returned }) => returned === undefined || returned > after);
  const relaxed = left.map((call) =>
    needed.includes(call.invoked) ? call : { ...call, returned: undefined },
  );
  return endsOf(relaxed, [...states.values()], workload).size > 0;
}

/** The calls as they stood right after an event: which had returned, and which were open. */
function openAt(calls: readonly PlainCall[], event: number): readonly PlainCall[] {
  return calls
    .filter(({ invoked }) => invoked <= event)
    .map((call) =>
      call.returned !== undefined && call.returned > event
        ? { ...call, returned: undefined }
        : call,
    );
}

/** A call that only reads tells nothing unless it was answered. */
function isTold(f: string, answer: PlainCall['answer']): boolean {
  return answer !== undefined || (f !== 'read' && f !== 'get');
}
