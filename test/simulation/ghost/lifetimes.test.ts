/** I24, each rule with a story that breaks it and one that does not. */
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/kv/answer.ts';
import type { Operation } from '../../../src/kv/operation.ts';
import { ClusterTimes } from '../../../src/simulation/ghost/cluster-times.ts';
import { StoreModel } from '../../../src/simulation/ghost/store-model.ts';
import { FIRST, putOf, violated } from './forbidden.ts';

class Story {
  readonly #model = new StoreModel(10);
  timeMs = 0;
  #commands = 0;

  do(operation: Operation): Answer {
    this.#commands += 1;
    const id = this.#commands.toString(16).padStart(32, '0');
    return this.#model.apply(operation, { id, timeMs: this.timeMs, ballot: FIRST }).answer;
  }

  expiredAt(key: string): boolean {
    return this.#model.expiredAt(key, this.#model.revision);
  }

  overdue(): string | undefined {
    return this.#model.overdue(this.timeMs);
  }
}

const mortal = { ...putOf('k', 'a'), lifetime: { type: 'ttl', ttlMs: 100 } } as const;

function expireOf(revision: number, ballot = FIRST): Operation {
  return { type: 'expire', ballot, leases: [], keys: [{ key: 'k', revision }] };
}

describe('the model of what lives for a time', () => {
  test('ends what is due, and tells it from what was deleted', () => {
    const story = new Story();
    story.do(mortal);
    story.timeMs = 100;
    expect(story.overdue()).toBe('k');
    expect(story.do(expireOf(1))).toEqual({ type: 'expired', deleted: 1, revision: 2 });
    expect([story.overdue(), story.expiredAt('k')]).toEqual([undefined, true]);
  });

  test.each<[string, (story: Story) => Operation]>([
    ['before its time', () => expireOf(1)],
    [
      'that was written since',
      (story) => {
        story.do(mortal);
        story.timeMs = 500;
        return expireOf(1);
      },
    ],
    [
      'for a leader that was deposed',
      (story) => {
        story.timeMs = 500;
        return expireOf(1, { round: 9, leader: 3 });
      },
    ],
  ])('ends nothing %s', (_, breaks) => {
    const story = new Story();
    story.do(mortal);
    const operation = breaks(story);
    expect(story.do(operation)).toMatchObject({ deleted: 0 });
    expect(story.expiredAt('k')).toBe(false);
  });

  test('ends a lease with all of its keys, and nothing that has left it', () => {
    const story = new Story();
    story.do({ type: 'leaseGrant', ttlMs: 100 });
    const onLease = { type: 'lease', lease: 1 } as const;
    for (const key of ['a', 'b', 'c']) story.do({ ...putOf(key, 'x'), lifetime: onLease });
    story.do(putOf('b', 'y'));
    story.timeMs = 100;
    expect(story.overdue()).toBe('lease 1');
    const leases = [{ lease: 1, renewals: 0 }];
    const ended = story.do({ type: 'expire', ballot: FIRST, leases, keys: [] });
    expect(ended).toMatchObject({ deleted: 2 });
    expect(['a', 'b', 'c'].map((key) => story.expiredAt(key))).toEqual([true, false, true]);
  });
});

const leading = (stampMs: number) => ({ self: 1, stampMs, role: { name: 'leader' } }) as const;

describe('I24: cluster time', () => {
  test('goes on with the clock of who leads, and no faster', () => {
    const times = new ClusterTimes();
    times.leads(1, 1_000);
    expect(violated(() => times.look(leading(50), 1_050))).toBeUndefined();
    expect(violated(() => times.look(leading(80), 1_070))).toBe('I24');
  });

  test('is not begun above what was stamped', () => {
    const times = new ClusterTimes();
    times.leads(1, 0);
    times.look(leading(50), 50);
    times.leads(1, 10_000);
    expect(violated(() => times.look(leading(60), 10_010))).toBeUndefined();
    expect(violated(() => times.look(leading(10_010), 10_011))).toBe('I24');
  });
});
