/** A suspect asks to be let in again, and begins anew once it is, and not before. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Incarnation, Membership } from '../../src/paxos/membership.ts';
import type { OrderOutcome, OrderRequest } from '../../src/paxos/orders.ts';
import type { ReplicaEvent } from '../../src/replica/ports.ts';
import { Readmission } from '../../src/replica/readmission.ts';
import type { PeerMessage } from '../../src/transport/messages.ts';
import { Cores } from '../paxos/cores.ts';

const NEXT = 'b'.repeat(32);
const { membership: THREE } = new Cores({ replicas: 3 });

/** As it is once replica 3 was let in. */
function letIn(incarnation: Incarnation = NEXT): Membership {
  const members = THREE.members.map((member) =>
    member.id === 3 ? { ...member, incarnation, role: 'joining' as const } : member,
  );
  return { ...THREE, epoch: 2, members };
}

class Mark {
  readonly incarnation = THREE.members[2]?.incarnation ?? '';
  suspicion: string | undefined = 'its log ends at write 5';
  readonly stored: Membership[] = [];

  nextIncarnation(): Incarnation {
    return NEXT;
  }

  storeLetIn(membership: Membership): void {
    this.stored.push(membership);
  }
}

let mark: Mark;
let nowMs: number;
let leader: number | undefined;
let ordered: {
  readonly to: number;
  readonly request: OrderRequest;
  readonly done: (outcome: OrderOutcome | undefined) => void;
}[];
let introduced: { readonly to: number; readonly message: PeerMessage }[];
let events: ReplicaEvent[];
let begun: number;
let readmission: Readmission;

beforeEach(() => {
  mark = new Mark();
  nowMs = 0;
  leader = 2;
  ordered = [];
  introduced = [];
  events = [];
  begun = 0;
  readmission = new Readmission({
    self: 3,
    directory: mark,
    network: {
      send: (to, message) => {
        introduced.push({ to, message });
        return true;
      },
      order: (to, request, done) => ordered.push({ to, request, done }),
      fetchChosen: () => undefined,
      fetchSnapshot: () => undefined,
      probe: () => undefined,
      isLinked: () => true,
    },
    clock: { nowMs: () => nowMs },
    membership: () => THREE,
    leader: () => leader,
    observe: (event) => events.push(event),
    onLetIn: () => {
      begun += 1;
    },
  });
});

function tickFor(ms: number): void {
  for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 200) readmission.tick();
}

describe('a suspect', () => {
  test('asks the leader, in the incarnation that it has and for the one that it wants', () => {
    readmission.tick();
    const message = { type: 'introduce', incarnation: NEXT };
    expect(introduced).toEqual([
      { to: 1, message },
      { to: 2, message },
    ]);
    const order = { type: 'readmit', id: 3, from: mark.incarnation, to: NEXT };
    expect(ordered).toMatchObject([{ to: 2, request: { order, dryRun: false } }]);
  });

  test('asks one after the other where it knows no leader', () => {
    leader = undefined;
    tickFor(1_000);
    expect(ordered.map(({ to }) => to)).toEqual([1]);
    ordered[0]?.done(undefined);
    tickFor(1_000);
    expect(ordered.map(({ to }) => to)).toEqual([1, 2]);
  });

  test('asks again, whatever became of it, but once at a time', () => {
    tickFor(3_000);
    expect(ordered).toHaveLength(1);
    ordered[0]?.done({ type: 'notApplied', reason: 'noLeader' });
    tickFor(200);
    expect(ordered).toHaveLength(2);
  });

  test('says once why it is refused', () => {
    for (let at = 0; at < 3; at += 1) {
      tickFor(1_200);
      ordered.at(-1)?.done({ type: 'refused', reason: 'the cluster would stop' });
    }
    expect(events).toEqual([{ type: 'notLetIn', reason: 'the cluster would stop' }]);
  });

  test('begins anew once, when a membership names it so', () => {
    expect(readmission.takes(letIn())).toBe(true);
    expect(mark.stored).toEqual([letIn()]);
    expect(begun).toBe(1);
    expect(events).toEqual([{ type: 'letIn', epoch: 2 }]);
    expect(readmission.takes(letIn())).toBe(false);
    tickFor(2_000);
    expect(ordered).toHaveLength(0);
    expect(begun).toBe(1);
  });

  test.each([
    ['with its old incarnation', THREE],
    ['with an incarnation of somebody else', letIn('c'.repeat(32))],
    ['of another cluster', { ...letIn(), clusterId: 'd'.repeat(32) }],
    ['without it', { ...letIn(), members: THREE.members.slice(0, 2) }],
  ])('keeps what it has under a membership %s', (_what, membership) => {
    expect(readmission.takes(membership)).toBe(false);
    expect(mark.stored).toEqual([]);
    expect(begun).toBe(0);
  });
});

test('who is no suspect asks for nothing, and takes nothing', () => {
  mark.suspicion = undefined;
  tickFor(2_000);
  expect([introduced, ordered]).toEqual([[], []]);
  expect(readmission.takes(letIn())).toBe(false);
});
