/** Which slots are chosen, who says so, and where they come from. */
import { describe, expect, test } from 'vitest';
import type { Command, EpochProposal } from '../../src/paxos/command.ts';
import type { Accept, Status } from '../../src/paxos/messages.ts';
import { Cores } from './cores.ts';

const EPOCH = 1;
const FIRST = { round: 1, leader: 1 };
const SECOND = { round: 2, leader: 2 };

function batch(text: string): Command {
  return { type: 'batch', timeMs: 5, bytes: new TextEncoder().encode(text) };
}

function accept(slot: number, text: string, options: Partial<Accept> = {}): Accept {
  const command = batch(text);
  return { type: 'accept', epoch: EPOCH, ballot: FIRST, slot, command, chosenUpTo: 0, ...options };
}

function chosenAt(slot: number, text: string, ballot = FIRST): EpochProposal {
  return { epoch: EPOCH, slot, ballot, command: batch(text) };
}

function statusOf(chosenUpTo: number): Status {
  return {
    type: 'status',
    epoch: EPOCH,
    promised: FIRST,
    chosenUpTo,
    appliedUpTo: chosenUpTo,
    revision: 0,
    version: '',
    floor: 0,
    suspect: false,
    stateHash: '0'.repeat(32),
    disk: 'ok',
    known: [],
  };
}

describe('only the leader announces what is chosen', () => {
  test('a follower takes its own proposal as chosen in that ballot, with the announcement', () => {
    const cores = new Cores({ replicas: 3 });
    cores.inject(1, 3, accept(1, 'x'));
    expect(cores.log(3)).toEqual([]);
    cores.inject(1, 3, { type: 'heartbeat', epoch: EPOCH, ballot: FIRST, beat: 1, chosenUpTo: 1 });
    expect(cores.log(3)).toEqual(['x']);
  });

  test('not one that it accepted in another ballot: that may have lost (M33)', () => {
    const cores = new Cores({ replicas: 3 });
    cores.inject(1, 3, accept(1, 'lost'));
    cores.inject(2, 3, { type: 'heartbeat', epoch: EPOCH, ballot: SECOND, beat: 1, chosenUpTo: 1 });
    expect(cores.log(3)).toEqual([]);
    const proposals = [chosenAt(1, 'won', SECOND)];
    cores.input(3, { type: 'fetched', from: 2, proposals });
    expect(cores.log(3)).toEqual(['won']);
  });

  test('nor does it pass over a gap', () => {
    const cores = new Cores({ replicas: 3 });
    cores.inject(1, 3, accept(2, 'b', { chosenUpTo: 2 }));
    expect(cores.log(3)).toEqual([]);
    cores.inject(1, 3, accept(1, 'a'));
    expect(cores.log(3)).toEqual(['a', 'b']);
  });

  test('a late announcement of an earlier leader does not vouch for commands of a later one', () => {
    const cores = new Cores({ replicas: 3 });
    cores.inject(2, 3, accept(1, 'x', { ballot: SECOND }));
    cores.inject(1, 3, { type: 'heartbeat', epoch: EPOCH, ballot: FIRST, beat: 1, chosenUpTo: 1 });
    cores.inject(1, 3, accept(1, 'y', { chosenUpTo: 1 }));
    expect(cores.log(3)).toEqual([]);
  });
});

describe('catching up', () => {
  test('what is fetched is recorded before it is served again, and handed on once', () => {
    const cores = new Cores({ replicas: 3 });
    const proposals = [1, 2].map((slot) => chosenAt(slot, `${slot}`));
    const effects = cores.input(3, { type: 'fetched', from: 1, proposals });
    const records = effects.filter(({ type }) => type === 'write');
    expect(records).toHaveLength(3);
    cores.input(3, { type: 'fetched', from: 1, proposals });
    expect(cores.log(3)).toEqual(['1', '2']);
  });

  test('an answer with a gap, or from further on, is taken as far as it goes', () => {
    const cores = new Cores({ replicas: 3 });
    const proposals = [1, 3].map((slot) => chosenAt(slot, `${slot}`));
    cores.input(3, { type: 'fetched', from: 1, proposals });
    expect(cores.log(3)).toEqual(['1']);
  });

  test('a different command for a slot that is chosen stops the replica (M43)', () => {
    const cores = new Cores({ replicas: 3, applies: false });
    cores.inject(2, 3, accept(1, 'x', { ballot: SECOND }));
    const proposals = [chosenAt(1, 'y')];
    expect(() => cores.input(3, { type: 'fetched', from: 1, proposals })).toThrow('I1');
  });

  test('one that cannot serve is asked last, and the next one is asked', () => {
    const cores = new Cores({ replicas: 3 });
    cores.cut('3>1', '1>3', '3>2', '2>3');
    for (const peer of [1, 2]) {
      cores.inject(peer, 3, statusOf(5));
    }
    cores.tick(3, 12);
    const asked = cores.effects(3, 'fetch').map(({ to }) => to);
    expect(asked.slice(0, 3)).toEqual([1, 2, 1]);
  });

  test('two that cannot be reached keep nobody from asking the third', () => {
    const cores = new Cores({ replicas: 4 });
    cores.isolate(4);
    for (const peer of [1, 2, 3]) cores.inject(peer, 4, statusOf(5));
    cores.tick(4, 24);
    const asked = cores.effects(4, 'fetch').map(({ to }) => to);
    expect(asked.slice(0, 6)).toEqual([1, 2, 3, 1, 2, 3]);
  });

  test('who serves goes on serving, though the leader, which cannot, has more as well', () => {
    const cores = new Cores({ replicas: 3 });
    cores.isolate(3);
    cores.inject(1, 3, { type: 'heartbeat', epoch: EPOCH, ballot: FIRST, beat: 1, chosenUpTo: 5 });
    cores.inject(2, 3, statusOf(5));
    cores.tick(3, 7);
    const asked = (): number[] => cores.effects(3, 'fetch').map(({ to }) => to);
    expect(asked()).toEqual([1, 2]);
    for (const slot of [1, 2]) {
      const before = asked().length;
      const proposals = [chosenAt(slot, `${slot}`)];
      cores.input(3, { type: 'fetched', from: 2, proposals });
      expect(asked().slice(before)).toEqual([2]);
    }
  });

  test('nothing more is pulled while the store is far behind', () => {
    const cores = new Cores({ replicas: 3, limits: { openSlots: 2 }, applies: false });
    const proposals = [1, 2, 3].map((slot) => chosenAt(slot, 'x'));
    cores.input(3, { type: 'fetched', from: 1, proposals });
    cores.inject(1, 3, { type: 'heartbeat', epoch: EPOCH, ballot: FIRST, beat: 1, chosenUpTo: 9 });
    cores.tick(3, 20);
    expect(cores.effects(3, 'fetch')).toEqual([]);
    cores.input(3, { type: 'applied', upTo: 3 });
    cores.tick(3, 5);
    expect(cores.effects(3, 'fetch')).not.toEqual([]);
  });
});

describe('after a restart', () => {
  test('what was durable is there, and is chosen again only on a word of a leader', () => {
    const cores = new Cores({ replicas: 3 });
    cores.elect(1);
    cores.cut('2>1', '3>1');
    cores.propose(1, 'x');
    cores.deliver();
    cores.restart(2);
    expect(cores.core(2).acceptor.promised).toEqual(FIRST);
    expect(cores.core(2).acceptor.accepted.get(2)?.command).toMatchObject({ type: 'batch' });
    expect(cores.log(2)).not.toContain('x');
    cores.heal();
    cores.run(30);
    expect(cores.log(2)).toContain('x');
  });
});
