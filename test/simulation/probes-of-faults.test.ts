/** Probes: a few worlds reach what they must, each has a sentence, and none is reached by itself. */
import { beforeAll, describe, expect, test } from 'vitest';
import { CHOICE_KINDS, type ChoiceKind, Choices } from '../../src/simulation/choices.ts';
import { faultsMade } from '../../src/simulation/probes-of-faults.ts';
import { PROBES, type ProbeName, Probes } from '../../src/simulation/probes.ts';
import { World, type WorldOptions } from '../../src/simulation/world.ts';

const SEEDS = 24;
const CALM_SEEDS = 3;
/** What nearly every bad world comes to. */
const COMMON: readonly ProbeName[] = [
  'staleAccepted',
  'acceptedAfterChosen',
  'acceptWithoutPrepare',
  'acceptAboveGap',
  'prepareBelowPromise',
  'stalePromise',
  'lateGrant',
  'lateConfirmation',
  'promisedAgain',
  'stepDownNoQuorum',
  'ownNoopNotFirst',
  'readRefused',
  'conditionFailed',
  'refusedNotReady',
  'logWriteOfSeveralSlots',
  'flushOfSeveralSlots',
  'faultLoss',
  'faultCrash',
];

/** Of the kinds of choices whose probes say that they were made, or that they struck. */
const PROBES_OF: readonly (readonly [ChoiceKind, readonly ProbeName[]])[] = [
  ['loss', ['faultLoss']],
  ['duplicate', ['faultDuplicate', 'copyInLaterLife']],
  ['crash', ['faultCrash']],
  ['pause', ['faultPause']],
  ['close', ['faultClose', 'closedWell']],
  ['cut', ['cutHalves', 'cutBridge', 'cutQuorumLoss', 'cutConstrainedElection', 'cutSwizzle']],
  ['flap', ['cutFlapping']],
];

function reachedBy(seeds: number, options: Omit<WorldOptions, 'seed'> = {}): Set<ProbeName> {
  const all = new Set<ProbeName>();
  for (let seed = 1; seed <= seeds; seed += 1) {
    for (const name of new World({ ...options, seed }).run().probes) all.add(name);
  }
  return all;
}

describe('probes', () => {
  let reached = new Set<ProbeName>();

  beforeAll(() => {
    reached = reachedBy(SEEDS);
  }, 60_000);

  test('each has a sentence of its own', () => {
    const sentences = Object.values(PROBES);
    expect(sentences.length).toBeGreaterThanOrEqual(40);
    expect(new Set(sentences).size).toBe(sentences.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^[a-z]+( [^ ]+){2,}(?<!\.)$/);
  });

  test('a few worlds reach the common ones', () => {
    expect(COMMON.filter((name) => !reached.has(name))).toEqual([]);
  });

  test('a calm world with one replica reaches none of what takes a fault or a peer', () => {
    const kept = Object.fromEntries(
      CHOICE_KINDS.filter((kind) => kind !== 'operation').map((kind) => [kind, []]),
    );
    const calm = reachedBy(CALM_SEEDS, { replicas: 1, kept, plan: { diskMs: 1 } });
    const withPeers: readonly ProbeName[] = ['staleAccepted', 'acceptAboveGap', 'lateConfirmation'];
    expect([...calm].filter((name) => /^(fault|cut|suspect)/.test(name))).toEqual([]);
    expect(withPeers.filter((name) => calm.has(name))).toEqual([]);
  });

  test('with the choices of some kinds left out, their probes are not reached', () => {
    const kept = Object.fromEntries(PROBES_OF.map(([kind]) => [kind, []]));
    const names = PROBES_OF.flatMap(([, probes]) => probes);
    const left = reachedBy(SEEDS, { kept });
    expect(names.filter((name) => left.has(name))).toEqual([]);
    for (const [kind, probes] of PROBES_OF) {
      expect
        .soft(
          probes.some((name) => reached.has(name)),
          kind,
        )
        .toBe(true);
    }
  }, 60_000);

  test('a kind of choice is reached when one was made, and not when all were left out', () => {
    const probes = new Probes();
    const choices = new Choices({ pause: [] });
    choices.makes('loss');
    choices.makes('pause');
    faultsMade(probes, choices);
    expect(probes.names).toEqual(['faultLoss']);
  });
});
