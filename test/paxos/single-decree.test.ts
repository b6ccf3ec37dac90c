/** The rules of the three machines, one by one; several are the source's defects turned round. */
import { describe, expect, it } from 'vitest';
import { isSame, type Ballot } from '../../src/paxos/ballot.ts';
import { newAcceptor, stepAcceptor } from '../../src/paxos/single-decree/acceptor.ts';
import { instanceOf, type Instances } from '../../src/paxos/single-decree/instances.ts';
import { newLearner, stepLearner } from '../../src/paxos/single-decree/learner.ts';
import type { Message, Party } from '../../src/paxos/single-decree/messages.ts';
import {
  newProposer,
  stepProposer,
  type Proposer,
} from '../../src/paxos/single-decree/proposer.ts';

const P1: Party = { role: 'proposer', id: 1 };
const LOW: Ballot = { round: 1, leader: 1 };
const HIGH: Ballot = { round: 2, leader: 2 };

function acceptor(id: number): Party {
  return { role: 'acceptor', id };
}

function from<M extends Message>(party: Party, message: M) {
  return { type: 'message', from: party, message } as const;
}

/** A proposer of 'cat' in ballot 1.1 to which acceptors 1 and 2 have promised. */
function accepting(): Proposer {
  const proposer = newProposer(1, [1, 2, 3]);
  stepProposer(proposer, { type: 'propose', value: 'cat' });
  stepProposer(proposer, from(acceptor(1), { type: 'promise', ballot: LOW }));
  stepProposer(proposer, from(acceptor(2), { type: 'promise', ballot: LOW }));
  return proposer;
}

describe('an acceptor', () => {
  it('promises, and its promise waits for the write', () => {
    const effects = stepAcceptor(newAcceptor(1, [1]), from(P1, { type: 'prepare', ballot: LOW }));
    expect(effects).toEqual([
      { type: 'write', write: 1, record: { promised: LOW } },
      { type: 'send', after: 1, to: P1, message: { type: 'promise', ballot: LOW } },
    ]);
  });

  it('accepts a ballot that it never promised, if it promised none higher (PMS 2.2, P1a)', () => {
    const effects = stepAcceptor(
      newAcceptor(1, [], { promised: LOW }),
      from(P1, { type: 'accept', ballot: HIGH, value: 'cat' }),
    );
    const record = { promised: HIGH, accepted: { ballot: HIGH, value: 'cat' } };
    expect(effects[0]).toEqual({ type: 'write', write: 1, record });
  });

  it('tells the proposer and every learner what it accepted, value and all', () => {
    const state = newAcceptor(1, [1, 2]);
    const effects = stepAcceptor(state, from(P1, { type: 'accept', ballot: LOW, value: 'cat' }));
    const message = { type: 'accepted', ballot: LOW, value: 'cat' };
    const learners = [1, 2].map((id) => ({ role: 'learner', id }));
    expect(effects.slice(1)).toEqual(
      [P1, ...learners].map((to) => ({ type: 'send', after: 1, to, message })),
    );
  });

  it('refuses what is below its promise, and says what that is', () => {
    const state = newAcceptor(1, [1], { promised: HIGH });
    const rejected = { type: 'rejected', ballot: LOW, promised: HIGH };
    const answer = [{ type: 'send', after: 0, to: P1, message: rejected }];
    expect(stepAcceptor(state, from(P1, { type: 'prepare', ballot: LOW }))).toEqual(answer);
    const accept = { type: 'accept', ballot: LOW, value: 'cat' } as const;
    expect(stepAcceptor(state, from(P1, accept))).toEqual(answer);
    expect(state.record).toEqual({ promised: HIGH });
  });

  it('tells two ballots apart that are the same as decimal numbers', () => {
    expect(Number('1.10')).toBe(Number('1.1'));
    expect(isSame({ round: 1, leader: 10 }, { round: 1, leader: 1 })).toBe(false);
    const state = newAcceptor(1, [], { promised: { round: 1, leader: 10 } });
    const [answer] = stepAcceptor(state, from(P1, { type: 'prepare', ballot: LOW }));
    expect(answer).toMatchObject({ message: { type: 'rejected' } });
  });
});

describe('a proposer', () => {
  it('makes its round durable before its prepare leaves, and starts above it', () => {
    const proposer = newProposer(1, [1, 2, 3], { round: 6 });
    const [write, ...sends] = stepProposer(proposer, { type: 'propose', value: 'cat', to: [1, 2] });
    expect(write).toEqual({ type: 'write', write: 1, record: { round: 7 } });
    const message = { type: 'prepare', ballot: { round: 7, leader: 1 } };
    expect(sends).toEqual(
      [1, 2].map((id) => ({ type: 'send', after: 1, to: acceptor(id), message })),
    );
  });

  it('counts an acceptor once, however often its answer comes', () => {
    const proposer = accepting();
    const accepted = { type: 'accepted', ballot: LOW, value: 'cat' } as const;
    expect(stepProposer(proposer, from(acceptor(1), accepted))).toEqual([]);
    expect(stepProposer(proposer, from(acceptor(1), accepted))).toEqual([]);
    const learned = { type: 'learned', ballot: LOW, value: 'cat' };
    expect(stepProposer(proposer, from(acceptor(2), accepted))).toEqual([learned]);
  });

  it('proposes the value of the highest ballot that was reported', () => {
    const proposer = newProposer(1, [1, 2, 3, 4, 5], { round: 8 });
    stepProposer(proposer, { type: 'propose', value: 'cat' });
    const ballot: Ballot = { round: 9, leader: 1 };
    const promise = { type: 'promise', ballot } as const;
    const dog = { ballot: LOW, value: 'dog' };
    stepProposer(proposer, from(acceptor(1), { ...promise, accepted: dog }));
    stepProposer(proposer, from(acceptor(2), { ...promise, accepted: dog }));
    const pig = { ballot: HIGH, value: 'pig' };
    const [accept] = stepProposer(proposer, from(acceptor(3), { ...promise, accepted: pig }));
    expect(accept).toMatchObject({ message: { type: 'accept', ballot, value: 'pig' } });
  });

  it('passes over answers to an earlier ballot', () => {
    const proposer = accepting();
    const rejected = { type: 'rejected', ballot: LOW, promised: HIGH } as const;
    expect(stepProposer(proposer, from(acceptor(3), rejected))).toEqual([
      { type: 'preempted', ballot: LOW, promised: HIGH },
    ]);
    stepProposer(proposer, { type: 'campaign' });
    const before = structuredClone(proposer);
    for (const id of [1, 2]) {
      stepProposer(proposer, from(acceptor(id), { type: 'promise', ballot: LOW }));
      stepProposer(proposer, from(acceptor(id), rejected));
      stepProposer(proposer, from(acceptor(id), { type: 'accepted', ballot: LOW, value: 'cat' }));
    }
    expect(proposer).toEqual(before);
    expect(proposer.round).toBe(3);
  });

  it('sends again only to those that have not answered', () => {
    const proposer = accepting();
    stepProposer(proposer, from(acceptor(2), { type: 'accepted', ballot: LOW, value: 'cat' }));
    const again = stepProposer(proposer, { type: 'retransmit' });
    expect(again.map((effect) => (effect.type === 'send' ? effect.to.id : 0))).toEqual([1, 3]);
  });
});

describe('a learner', () => {
  it('learns at a quorum in one ballot, not at one over two ballots', () => {
    const learner = newLearner(1, [1, 2, 3]);
    const low = { type: 'accepted', ballot: LOW, value: 'cat' } as const;
    const high = { type: 'accepted', ballot: HIGH, value: 'cat' } as const;
    expect(stepLearner(learner, from(acceptor(1), low))).toEqual([]);
    expect(stepLearner(learner, from(acceptor(2), high))).toEqual([]);
    const learned = { type: 'learned', ballot: HIGH, value: 'cat' };
    expect(stepLearner(learner, from(acceptor(3), high))).toEqual([learned]);
    expect(stepLearner(learner, from(acceptor(2), low))).toEqual([]);
  });

  it('asks the acceptors again, and an acceptor tells it again', () => {
    const learner = newLearner(2, [1, 2, 3]);
    const asked = stepLearner(learner, { type: 'ask' });
    expect(asked).toHaveLength(3);
    const vote = { ballot: LOW, value: 'cat' };
    const state = newAcceptor(1, [2], { promised: HIGH, accepted: vote });
    const [told] = stepAcceptor(state, from({ role: 'learner', id: 2 }, { type: 'ask' }));
    expect(told).toMatchObject({ message: { type: 'accepted', ...vote } });
    expect(stepAcceptor(newAcceptor(2, []), from(P1, { type: 'ask' }))).toEqual([]);
  });

  it('stops where one ballot carries two values: that cannot be', () => {
    const learner = newLearner(1, [1, 2, 3]);
    const cat = { type: 'accepted', ballot: LOW, value: 'cat' } as const;
    stepLearner(learner, from(acceptor(1), cat));
    const dog = from(acceptor(2), { ...cat, value: 'dog' });
    expect(() => stepLearner(learner, dog)).toThrow('one ballot, one value');
  });
});

describe('all machines', () => {
  it('are plain data: a copy goes on as the original does, and leaves it alone', () => {
    const proposer = accepting();
    const copy = structuredClone(proposer);
    const accepted = from(acceptor(1), { type: 'accepted', ballot: LOW, value: 'cat' });
    const effects = stepProposer(copy, accepted);
    expect(proposer).not.toEqual(copy);
    expect(stepProposer(proposer, accepted)).toEqual(effects);
    expect(proposer).toEqual(copy);
  });

  it('play in many instances side by side, each of its own', () => {
    const instances: Instances<Proposer> = new Map();
    const first = instanceOf(instances, 1, () => newProposer(1, [1, 2, 3]));
    const second = instanceOf(instances, 2, () => newProposer(1, [1, 2, 3]));
    stepProposer(first, { type: 'propose', value: '100' });
    expect(instanceOf(instances, 1, () => newProposer(9, []))).toBe(first);
    expect(second.value).toBeUndefined();
  });
});
