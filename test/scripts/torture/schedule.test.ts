import { expect, it } from 'vitest';
import { Random } from '../../../src/simulation/random.ts';
import { mergeNeeds } from '../../../scripts/torture/needs.ts';
import { Journal } from '../../../scripts/torture/journal.ts';
import { RunClock } from '../../../scripts/torture/recorder.ts';
import { strike } from '../../../scripts/torture/schedule.ts';
import type { Fault, FaultContext } from '../../../scripts/torture/fault.ts';

const NOT_THERE = (): never => {
  throw new Error('this test has no cluster');
};

function contextFor(isOver: () => boolean): FaultContext {
  return {
    get cluster() {
      return NOT_THERE();
    },
    get links() {
      return NOT_THERE();
    },
    random: new Random(1),
    clients: () => [],
    isOver,
    lasts: () => Promise.resolve(),
    begin: () => () => undefined,
    once: () => undefined,
    expect: () => undefined,
  };
}

function never(): boolean {
  return false;
}

function drawFor(name: string): Random {
  return new Random(name.length);
}

function faultOf(id: string, struck: string[]): Fault {
  const episode = (): Promise<void> => {
    struck.push(id);
    return Promise.resolve();
  };
  return { id, name: id, title: id, episode };
}

it('gives each fault its turn, and begins none when it is over', async () => {
  const struck: string[] = [];
  const faults = ['N1', 'N3', 'N5', 'N15', 'N24'].map((id) => faultOf(id, struck));
  const isOver = (): boolean => struck.length >= 60;
  const contextOf = (): FaultContext => contextFor(isOver);
  await strike({ faults, random: drawFor, contextOf, giveUp: () => {} }, isOver);
  for (const { id } of faults) expect(struck.filter((one) => one === id).length).toBeGreaterThan(3);
  expect(struck.length).toBeLessThan(70);
});

it('tells what goes wrong in an episode to whoever runs it', async () => {
  const fault: Fault = { ...faultOf('N1', []), episode: () => Promise.reject(new Error('torn')) };
  const striking = strike(
    { faults: [fault], random: drawFor, contextOf: () => contextFor(never), giveUp: () => {} },
    never,
  );
  await expect(striking).rejects.toThrow('torn');
});

it('has ended the other lanes before it tells', async () => {
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  const struck: string[] = [];
  const torn: Fault = { ...faultOf('N1', []), episode: () => Promise.reject(new Error('torn')) };
  const long: Fault = {
    ...faultOf('N24', []),
    episode: async () => {
      struck.push('begun');
      while (!isOver()) await new Promise(setImmediate);
      struck.push('ended');
    },
  };
  const contextOf = (): FaultContext => contextFor(isOver);
  const giveUp = (): void => over.abort();
  const striking = strike({ faults: [torn, long], random: drawFor, contextOf, giveUp }, isOver);
  await expect(striking).rejects.toThrow('torn');
  expect(struck).toEqual(['begun', 'ended']);
});

it('merges what several faults need of one cluster', () => {
  const merged = mergeNeeds([
    { settings: { limits: { logSlots: 10 }, leaseReads: true } },
    { shim: true, spares: 1, settings: { limits: { logBytes: 99 } } },
    { spares: 2, diskBytes: 1000, nodeArguments: ['--a'] },
    { nodeArguments: ['--a', '--b'] },
  ]);
  expect(merged).toEqual({
    shim: true,
    spares: 2,
    diskBytes: 1000,
    nodeArguments: ['--a', '--b'],
    settings: { limits: { logSlots: 10, logBytes: 99 }, leaseReads: true },
  });
});

it('notes each fault with its beginning and its end, and what was not as expected', () => {
  const told: string[] = [];
  const journal = new Journal({ clock: new RunClock(), onMark: ({ type }) => told.push(type) });
  const voice = journal.voiceOf('N5');
  const end = voice.begin('cut off 2', [2]);
  expect(journal.now).toEqual(['N5 cut off 2']);
  end();
  end();
  voice.once('a note', []);
  voice.begin('cut off 3', [3]);
  journal.endAll();
  expect(told).toEqual(['begin', 'end', 'once', 'begin', 'end']);
  expect(journal.now).toEqual([]);
  voice.expect('a leader', undefined);
  voice.expect('a leader', 'there were two');
  expect(journal.checks()).toMatchObject([
    { name: 'N5: a leader', result: 'failed', findings: [{ text: 'there were two' }] },
  ]);
});
