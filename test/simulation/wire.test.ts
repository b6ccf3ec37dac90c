/** I22 on the simulated wire: what arrives is what was sent, and nothing else is taken. */
import { describe, expect, test } from 'vitest';
import type { Membership } from '../../src/paxos/membership.ts';
import { Random } from '../../src/simulation/random.ts';
import { Wire } from '../../src/simulation/wire.ts';
import { Directory } from '../../src/transport/directory.ts';
import type { PeerMessage } from '../../src/transport/messages.ts';

const TRIES = 400;
const VOTE: PeerMessage = { type: 'accepted', epoch: 1, ballot: { round: 3, leader: 1 }, slot: 7 };

function member(id: number) {
  const host = `http://replica-${id}`;
  const urls = { peerUrl: `${host}:7601`, clientUrl: `${host}:7600` };
  return { id, incarnation: `${id}`.repeat(32), role: 'voter' as const, ...urls };
}

const MEMBERS: Membership = {
  clusterId: 'c'.repeat(32),
  epoch: 1,
  members: [member(1), member(2), member(3)],
  quorums: { phase1: 2, phase2: 2 },
};

function directoryOf(id: number, incarnation = `${id}`.repeat(32)): Directory {
  const directory = new Directory({ replicaId: id, incarnation });
  directory.setMembership(MEMBERS);
  return directory;
}

/** A receiver that has forgotten whom it may listen to. */
class Careless extends Directory {
  override judge(): undefined {
    return undefined;
  }
}

describe.each([false, true])('messages that travel as frames: %s', (isFramed) => {
  test('arrive as they were sent, however often a spoiled form is tried', () => {
    const wire = new Wire(isFramed, new Random(1));
    const receiver = directoryOf(1);
    const parcel = wire.pack(directoryOf(2), 1, VOTE);
    for (let copy = 0; copy < TRIES; copy += 1) {
      const arrived = parcel(receiver);
      expect(arrived?.message).toEqual(VOTE);
      expect(arrived?.frame.from).toBe(2);
    }
  });

  test('are refused by another life of the receiver, and from another life of the sender', () => {
    const wire = new Wire(isFramed, new Random(1));
    const renewed = directoryOf(1, 'a'.repeat(32));
    expect(wire.pack(directoryOf(2), 1, VOTE)(renewed)).toBeUndefined();
    const stranger = directoryOf(2, 'b'.repeat(32));
    expect(wire.pack(stranger, 1, VOTE)(directoryOf(1))).toBeUndefined();
  });

  test('a receiver that judges nobody is found out', () => {
    const wire = new Wire(isFramed, new Random(1));
    const careless = new Careless({ replicaId: 1, incarnation: '1'.repeat(32) });
    const parcel = wire.pack(directoryOf(2), 1, VOTE);
    const tryAll = (): void => {
      for (let copy = 0; copy < TRIES; copy += 1) parcel(careless);
    };
    expect(tryAll).toThrow('I22');
  });
});
