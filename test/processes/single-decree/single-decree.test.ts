/** The four tests of the source over real HTTP between real processes; then one it cannot pass. */
import { afterEach, describe, expect, it } from 'vitest';
import { Cast, type Size } from './cast.ts';

const ONE: Size = { proposers: 1, acceptors: 3, learners: 2, drop: 0 };

let cast: Cast | undefined;

afterEach(async () => {
  await cast?.end();
  cast = undefined;
});

async function start(size: Size): Promise<Cast> {
  cast = await Cast.start(size);
  return cast;
}

/** All proposers propose at once; the learners are told that there is something to learn. */
function proposeAtOnce(actors: Cast, instance: number, values: readonly string[]): void {
  for (const [index, value] of values.entries()) {
    actors.tell('proposer', index + 1, { type: 'propose', instance, value });
  }
  for (const { id } of actors.parties('learner')) {
    actors.tell('learner', id, { type: 'learn', instance });
  }
}

describe('the four tests of the source', () => {
  it('one proposer, three acceptors, two learners: 100', async () => {
    const actors = await start(ONE);
    proposeAtOnce(actors, 1, ['100']);
    const learned = await actors.learned(1, actors.parties('proposer', 'learner'));
    expect(learned).toEqual(['100', '100', '100']);
  });

  it('100, 200 and 300 in turn, on three instances', async () => {
    const actors = await start(ONE);
    for (const [index, value] of ['100', '200', '300'].entries()) {
      proposeAtOnce(actors, index + 1, [value]);
      const learned = await actors.learned(index + 1, actors.parties('proposer', 'learner'));
      expect(learned).toEqual([value, value, value]);
    }
  });

  it('three proposers at once, on each of three instances', async () => {
    const outcomes = await duel(await start({ ...ONE, proposers: 3 }));
    for (const { values, learned } of outcomes) {
      expect(learned).toEqual(Array(5).fill(learned[0]));
      expect(values).toContain(learned[0]);
    }
  });

  it('three proposers at once, on each of three instances, 30 % of connections dropped', async () => {
    const actors = await start({ ...ONE, proposers: 3, drop: 30 });
    for (const { values, learned } of await duel(actors)) {
      expect(learned).toEqual(Array(5).fill(learned[0]));
      expect(values).toContain(learned[0]);
    }
    const { connections, dropped } = await actors.count();
    expect(connections).toBeGreaterThan(50);
    expect(dropped / connections).toBeGreaterThan(0.15);
    expect(dropped / connections).toBeLessThan(0.45);
  });
});

interface Outcome {
  readonly values: readonly string[];
  /** By all three proposers and both learners. */
  readonly learned: readonly string[];
}

/** Three proposers at once in each of three instances, and these all at the same time. */
async function duel(actors: Cast): Promise<readonly Outcome[]> {
  const instances = [1, 2, 3].map((instance) => {
    return { instance, values: ['100', '200', '300'].map((value) => `${value}@${instance}`) };
  });
  for (const { instance, values } of instances) proposeAtOnce(actors, instance, values);
  const outcomes: Outcome[] = [];
  for (const { instance, values } of instances) {
    const learned = await actors.learned(instance, actors.parties('proposer', 'learner'));
    outcomes.push({ values, learned });
  }
  return outcomes;
}

describe('what the source cannot do', () => {
  it('remembers what was chosen when every acceptor was killed and started again', async () => {
    expect(await chosenAgain('kept')).toBe('cat');
  });

  it('and forgets it, and chooses again, where nothing was kept on the disk', async () => {
    expect(await chosenAgain('lost')).toBe('dog');
  });
});

/** What is chosen when all acceptors restart after 'cat' was chosen, and somebody wants 'dog'. */
async function chosenAgain(records: 'kept' | 'lost'): Promise<string | undefined> {
  const actors = await start({ ...ONE, proposers: 2 });
  actors.tell('proposer', 1, { type: 'propose', instance: 1, value: 'cat' });
  const first = await actors.learned(1, [{ role: 'proposer', id: 1 }]);
  expect(first).toEqual(['cat']);
  for (const acceptor of actors.parties('acceptor')) await actors.restart(acceptor, records);
  actors.tell('proposer', 2, { type: 'propose', instance: 1, value: 'dog' });
  const [again] = await actors.learned(1, [{ role: 'proposer', id: 2 }]);
  return again;
}
