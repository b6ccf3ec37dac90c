/** The clients' commands under way: found by id, each settled exactly once. */
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/kv/answer.ts';
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import type { WriteOutcome } from '../../src/replica/api.ts';
import { type Request, Requests } from '../../src/replica/requests.ts';

const LIMITS = { pendingRequests: 100, pendingBytes: 1_000 };
const ANSWER: Answer = { type: 'absent', revision: 7 };

class Client {
  readonly outcomes = new Map<string, WriteOutcome[]>();

  request(id: string, options: Partial<Request> = {}): Request {
    const outcomes: WriteOutcome[] = [];
    this.outcomes.set(id, outcomes);
    return {
      id,
      bytes: new Uint8Array(10),
      deadlineAtMs: 100,
      origin: undefined,
      settle: (outcome) => outcomes.push(outcome),
      sent: undefined,
      ...options,
    };
  }

  of(id: string): WriteOutcome[] {
    return this.outcomes.get(id) ?? [];
  }
}

function started(...ids: readonly string[]): { client: Client; requests: Requests } {
  const client = new Client();
  const requests = new Requests(LIMITS);
  for (const id of ids) requests.add(client.request(id));
  return { client, requests };
}

describe('waiters are keyed by command id, not by slot (M37)', () => {
  test("another command's slot settles nobody", () => {
    const { client, requests } = started('a', 'b');
    requests.take('log');
    requests.applied('someone else', 5, ANSWER);
    expect(client.of('a')).toEqual([]);
    requests.applied('a', 6, ANSWER);
    expect(client.of('a')).toEqual([{ type: 'applied', slot: 6, answer: ANSWER }]);
    expect(client.of('b')).toEqual([]);
  });
});

describe('a settled request keeps nothing alive, whoever still holds it', () => {
  test('neither its command nor the one that waits for it', () => {
    const client = new Client();
    const requests = new Requests(LIMITS);
    const request = client.request('a');
    requests.add(request);
    requests.take('log');
    requests.applied('a', 1, ANSWER);
    expect(client.of('a')).toHaveLength(1);
    expect(request.bytes).toHaveLength(0);
    request.settle({ type: 'unknown', reason: 'deadline' });
    expect(client.of('a')).toHaveLength(1);
  });
});

describe('each is settled exactly once', () => {
  test.each(['applied', 'lost', 'expire', 'refuse', 'forwarded'] as const)(
    'after it was applied, %s changes nothing',
    (later) => {
      const { client, requests } = started('a');
      requests.take(2);
      requests.applied('a', 1, ANSWER);
      const calls = {
        applied: () => requests.applied('a', 2, ANSWER),
        lost: () => requests.lost(2, 'leaderLost'),
        expire: () => requests.expire(1_000),
        refuse: () => requests.refuse('noLeader', 'all'),
        forwarded: () => requests.forwarded(2, 'a', { type: 'unknown', reason: 'leaderLost' }),
      };
      calls[later]();
      expect(client.of('a')).toEqual([{ type: 'applied', slot: 1, answer: ANSWER }]);
    },
  );

  test('one that comes when there are too many is refused, and the others go on', () => {
    const client = new Client();
    const requests = new Requests({ pendingRequests: 10, pendingBytes: 25 });
    for (const id of ['a', 'b', 'c']) requests.add(client.request(id));
    expect(client.of('c')).toEqual([{ type: 'notApplied', reason: 'overloaded' }]);
    requests.applied('a', 1, ANSWER);
    requests.add(client.request('d'));
    expect(client.of('d')).toEqual([]);
    expect(requests.size).toBe(2);
  });
});

describe('`notApplied` only where it never left and never got a slot', () => {
  test('at its deadline: unsent is refused, sent is unknown', () => {
    const { client, requests } = started('sent', 'unsent');
    requests.take('log');
    requests.expire(99);
    expect(requests.size).toBe(2);
    requests.expire(100);
    expect(client.of('sent')).toEqual([{ type: 'unknown', reason: 'deadline' }]);
    expect(client.of('unsent')).toEqual([{ type: 'notApplied', reason: 'deadline' }]);
  });

  test('a leader that steps down answers `unknown`, never "failed", for what it has proposed', () => {
    const { client, requests } = started('proposed', 'queued');
    requests.take('log');
    requests.lost('log', 'steppedDown');
    requests.refuse('noLeader', 'forwardedHere');
    expect(client.of('proposed')).toEqual([{ type: 'unknown', reason: 'steppedDown' }]);
    expect(client.of('queued')).toEqual([]);
  });

  test("a peer's command without a slot is refused, not forwarded on (M48)", () => {
    const client = new Client();
    const requests = new Requests(LIMITS);
    requests.add(client.request('peer', { origin: 3 }));
    requests.add(client.request('own'));
    requests.refuse('noLeader', 'forwardedHere');
    expect(client.of('peer')).toEqual([{ type: 'notApplied', reason: 'noLeader' }]);
    expect(requests.peek()?.id).toBe('own');
  });

  test('what went to one peer is lost with that peer alone', () => {
    const { client, requests } = started('to 2', 'to 3');
    requests.take(2);
    requests.take(3);
    requests.lost(2, 'leaderLost');
    expect(client.of('to 2')).toEqual([{ type: 'unknown', reason: 'leaderLost' }]);
    expect(client.of('to 3')).toEqual([]);
  });

  test('a word on a command counts only from whom it was forwarded to', () => {
    const { client, requests } = started('a');
    requests.forwarded(2, 'a', { type: 'notApplied', reason: 'noLeader' });
    requests.take(3);
    requests.forwarded(2, 'a', { type: 'notApplied', reason: 'noLeader' });
    expect(client.of('a')).toEqual([]);
    requests.forwarded(3, 'a', { type: 'notApplied', reason: 'noLeader' });
    expect(client.of('a')).toHaveLength(1);
  });
});

describe('the queue', () => {
  test('is in the order of arrival, without those that ended', () => {
    const { requests } = started('a', 'b', 'c');
    requests.applied('b', 1, ANSWER);
    const order: string[] = [];
    const to: ReplicaId = 2;
    for (let next = requests.peek(); next !== undefined; next = requests.peek()) {
      order.push(next.id);
      requests.take(to);
    }
    expect(order).toEqual(['a', 'c']);
  });

  test('that is never empty holds no more than what waits', () => {
    const client = new Client();
    const requests = new Requests({ pendingRequests: 1e6, pendingBytes: 1e9 });
    let most = 0;
    requests.add(client.request('first'));
    for (let index = 0; index < 20_000; index += 1) {
      const request = client.request(String(index));
      requests.add(request);
      requests.take('log');
      requests.applied(index === 0 ? 'first' : String(index - 1), index, ANSWER);
      most = Math.max(most, requests.queued);
    }
    expect(requests.size).toBe(1);
    expect(most).toBeLessThan(5_000);
  });
});
