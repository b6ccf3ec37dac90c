/**
 * The explorer is held to a count that is not ours: Stateright finds 16,668 states in its example.
 * Each rule of the example that is broken shows in the count, or breaks an invariant.
 */
import { describe, expect, test } from 'vitest';
import * as explorer from '../../src/exploration/explorer.ts';
import * as example from '../../src/exploration/paxos-example/example-system.ts';
import {
  isLinearizable,
  type RegisterCall,
} from '../../src/exploration/paxos-example/register-history.ts';
import { importMutant } from '../support/mutant.ts';

type Modules = typeof explorer & typeof example;

const SERVER = 'exploration/paxos-example/server.ts';
const SYSTEM = 'exploration/paxos-example/example-system.ts';

describe("Stateright's example", () => {
  test('has 16,668 states, all of them linearizable', () => {
    const report = explorer.explore(new example.PaxosExample());
    expect(report).toMatchObject({ verdict: 'complete', states: 16_668 });
    expect(explorer.isClean(report)).toBe(true);
    // Stateright's own shortest path to a value that is read has as many steps.
    expect(report.reached[0]?.path).toHaveLength(8);
  });

  test('with one client there is no contention', () => {
    const report = explorer.explore(new example.PaxosExample({ servers: 3, clients: 1 }));
    expect(report).toMatchObject({ verdict: 'complete', states: 265 });
  });
});

describe('a broken rule shows', () => {
  test.each([
    {
      name: 'accepting without a look at the ballot',
      file: SERVER,
      find: 'return isBelow(message.ballot, state.ballot) ? undefined : accept(state, from, message);',
      replace: 'return accept(state, from, message);',
      shows: { verdict: 'violated', states: 27_989 },
    },
    {
      name: 'a quorum of all servers',
      file: SERVER,
      find: 'return Math.floor((peers.length + 1) / 2) + 1;',
      replace: 'return peers.length + 1;',
      shows: { verdict: 'complete', states: 973 },
    },
    {
      name: 'a promise that does not say what was accepted',
      file: SERVER,
      find: 'lastAccepted: accepted };',
      replace: 'lastAccepted: undefined };',
      shows: { verdict: 'violated', states: 15_156 },
    },
    {
      name: 'proposing the own value, whatever was accepted',
      file: SERVER,
      find: 'highest([...prepares.values()])?.proposal ?? state.proposal',
      replace: 'state.proposal ?? highest([...prepares.values()])?.proposal',
      shows: { verdict: 'violated', states: 15_264 },
    },
    {
      name: 'promising an equal ballot',
      file: SERVER,
      find: 'return isBelow(state.ballot, message.ballot) ? promise(state, from, message) : undefined;',
      replace:
        'return isBelow(message.ballot, state.ballot) ? undefined : promise(state, from, message);',
      shows: { verdict: 'complete', states: 33_788 },
    },
    {
      name: 'messages that stay under way',
      file: SYSTEM,
      find: 'network: withoutOne(state.network, action),',
      replace: 'network: withoutOne(state.network, -1),',
      shows: { verdict: 'limitReached', states: 100_000 },
    },
  ])('$name', async ({ file, find, replace, shows }) => {
    const { explore, PaxosExample } = await importMutant<Modules>(
      [{ file, find, replace }],
      ['exploration/explorer.ts', SYSTEM],
      ['exploration', 'paxos'],
    );
    const report = explore(new PaxosExample(), { limits: { maxStates: 100_000 } });
    expect(report).toMatchObject(shows);
  });
});

describe("the example's histories", () => {
  test('a write that is under way may be read', () => {
    const writer = { completed: [], underWay: write('A', [0, 0]) };
    const seen = { completed: [read('A', [0, 0])], underWay: undefined };
    const unseen = { completed: [read('', [0, 0])], underWay: undefined };
    expect(isLinearizable([writer, seen])).toBe(true);
    expect(isLinearizable([writer, unseen])).toBe(true);
  });

  test('a write that was answered before must be read', () => {
    const writer = { completed: [write('A', [0, 0])], underWay: undefined };
    expect(isLinearizable([writer, { completed: [read('', [1, 0])], underWay: undefined }])).toBe(
      false,
    );
    expect(isLinearizable([writer, { completed: [read('', [0, 0])], underWay: undefined }])).toBe(
      true,
    );
  });

  test('nobody reads what was never written', () => {
    const reader = { completed: [read('B', [0, 0])], underWay: undefined };
    expect(isLinearizable([{ completed: [], underWay: undefined }, reader])).toBe(false);
  });
});

function write(value: string, after: readonly number[]): RegisterCall {
  return { input: { type: 'write', value }, after, output: undefined };
}

function read(output: string, after: readonly number[]): RegisterCall {
  return { input: { type: 'read' }, after, output };
}
