/**
 * What makes an exploration of the core smaller hides nothing: held against explorations without
 * it, at scopes where both end within a second or two.
 */
import { describe, expect, test } from 'vitest';
import { CoreSystem, type CoreSystemState } from '../../src/exploration/core/core-system.ts';
import type { CoreAction } from '../../src/exploration/core/narration.ts';
import { nameGhost } from '../../src/exploration/core/ghost.ts';
import { namePlace } from '../../src/exploration/core/place-name.ts';
import {
  ALL_REDUCTIONS,
  type CoreScope,
  DEFAULT_CORE_SCOPE,
  NO_REDUCTIONS,
} from '../../src/exploration/core/scope.ts';
import { explore, isClean } from '../../src/exploration/explorer.ts';
import { distinct } from '../../src/exploration/multiset.ts';
import type * as coreSystem from '../../src/exploration/core/core-system.ts';
import type * as explorer from '../../src/exploration/explorer.ts';
import { importMutant } from '../support/mutant.ts';

type Modules = typeof coreSystem & typeof explorer;

const CALM: CoreScope = { ...DEFAULT_CORE_SCOPE, crashes: 0 };
const ONE_SLOT: CoreScope = { ...CALM, slots: 1 };
const COMES_BACK: CoreScope = { ...ONE_SLOT, proposers: 1, campaigns: 2, crashes: 1 };

describe('the reductions', () => {
  test('dead messages are dead, and stay so', () => {
    for (const scope of [COMES_BACK, ONE_SLOT]) {
      const reductions = { ...ALL_REDUCTIONS, deadMessages: false };
      const system = new DeathWatch({ ...scope, reductions });
      expect(explore(system).verdict).toBe('complete');
      expect(system.seen).toBeGreaterThan(1_000);
    }
  });

  test('without dead messages the replicas reach the same states', () => {
    for (const scope of [ONE_SLOT, COMES_BACK]) {
      const reductions = { ...ALL_REDUCTIONS, deadMessages: false };
      const reduced = reachedBy(scope, placesOf);
      expect(reduced.size).toBeGreaterThan(100);
      expect(differences(reachedBy({ ...scope, reductions }, placesOf), reduced)).toEqual([]);
    }
  });

  test('own messages that come at once hide nothing, but that a candidate may do without its own', () => {
    const reductions = { ...ALL_REDUCTIONS, selfAtOnce: false };
    const same = reachedBy({ ...ONE_SLOT, reductions }, settledOf);
    expect(differences(same, reachedBy(ONE_SLOT, placesOf))).toEqual([]);
    const atOnce = reachedBy(COMES_BACK, placesOf);
    const atAnyTime = reachedBy({ ...COMES_BACK, reductions }, settledOf);
    expect([...atOnce].filter((text) => !atAnyTime.has(text))).toEqual([]);
    const added = [...atAnyTime].filter((text) => !atOnce.has(text));
    expect(added.filter((text) => !/leader 2\.1 .*1:2\.1=NOOP\(2\.1\)/.test(text))).toEqual([]);
  });

  test('whoever is the victim, the same is on the disks and in memory', () => {
    for (const scope of [COMES_BACK, { ...ONE_SLOT, proposers: 1, crashes: 1 }]) {
      const reductions = { ...ALL_REDUCTIONS, chosenVictim: false };
      const reduced = reachedBy(scope, idleOf);
      expect(reduced.size).toBeGreaterThan(30);
      expect(differences(reachedBy({ ...scope, reductions }, idleOf), reduced)).toEqual([]);
    }
  });

  test('names leave out nothing that matters', async () => {
    const { CoreSystem: Plain, explore: search } = await importMutant<Modules>(
      [
        {
          file: 'exploration/core/step-table.ts',
          find: 'new Interner<Place>(namePlace)',
          replace: 'new Interner<Place>(nameWhole)',
        },
        {
          file: 'exploration/core/step-table.ts',
          find: 'const OWN_INPUTS:',
          replace: `const nameWhole = (place: Place): string => namePlace(place) + JSON.stringify(
  place,
  (_, value) => (value instanceof Map || value instanceof Set ? [...value] : value),
);
const OWN_INPUTS:`,
        },
      ],
      ['exploration/core/core-system.ts', 'exploration/explorer.ts'],
      ['exploration', 'paxos'],
    );
    for (const scope of [COMES_BACK, ONE_SLOT]) {
      const system = new Plain(scope);
      const seen = new Set<string>();
      const report = search(system, { onState: (state) => seen.add(placesOf(system, state)) });
      expect(differences(seen, reachedBy(scope, placesOf))).toEqual([]);
      expect(report.states).toBeGreaterThan(2 * explore(new CoreSystem(scope)).states);
    }
  });

  test('find the same verdict where there are none', () => {
    const report = explore(
      new CoreSystem({ ...ONE_SLOT, proposers: 1, crashes: 1, reductions: NO_REDUCTIONS }),
    );
    expect(isClean(report)).toBe(true);
  });
});

/** Holds what is called dead against what happens to it. */
class DeathWatch extends CoreSystem {
  seen = 0;

  override next(state: CoreSystemState, action: CoreAction): CoreSystemState | undefined {
    const after = super.next(state, action);
    const dead = distinct(state.network).filter((parcel) => this.#isDead(parcel, state));
    this.seen += dead.length;
    if (after === undefined) return after;
    const isStill = new Set(after.network);
    for (const parcel of dead) {
      const isGone = !isStill.has(parcel) || this.#isDead(parcel, after);
      if (!isGone) throw new Error(`it lives again: ${this.describe(action, state, after)}`);
    }
    if (action.type !== 'deliver' || !dead.includes(action.parcel)) return after;
    const isSame = after.places.every((place, index) => place === state.places[index]);
    const answers = after.network.filter((parcel) => !state.network.includes(parcel));
    if (!isSame || !answers.every((parcel) => this.#isDead(parcel, after))) {
      throw new Error(`it has an effect: ${this.describe(action, state, after)}`);
    }
    return after;
  }

  #isDead(parcel: number, { places }: CoreSystemState): boolean {
    const { from, to } = this.table.parcels.valueOf(parcel);
    return this.table.isDead(parcel, places[from - 1] ?? 0, places[to - 1] ?? 0);
  }
}

/** What stands in only one of them. */
function differences(a: ReadonlySet<string>, b: ReadonlySet<string>): readonly string[] {
  return [...[...a].filter((text) => !b.has(text)), ...[...b].filter((text) => !a.has(text))];
}

type Projection = (system: CoreSystem, state: CoreSystemState) => string | undefined;

function reachedBy(scope: CoreScope, project: Projection): ReadonlySet<string> {
  const system = new CoreSystem(scope);
  const reached = new Set<string>();
  const report = explore(system, {
    onState: (state) => {
      const projected = project(system, state);
      if (projected !== undefined) reached.add(projected);
    },
  });
  expect(report.verdict).toBe('complete');
  return reached;
}

function placesOf(system: CoreSystem, { places, ghost, crashesLeft }: CoreSystemState): string {
  const names = places.map((place) => namePlace(system.table.places.valueOf(place)));
  return [...names, nameGhost(system.table.ghosts.valueOf(ghost)), crashesLeft].join('\n');
}

/** Where nothing that a replica sent to itself is under way. */
function settledOf(system: CoreSystem, state: CoreSystemState): string | undefined {
  if (state.network.some((number) => isToItself(system, number))) return undefined;
  return placesOf(system, state);
}

/** Where no disk is busy. What is known to be chosen is of use to a victim alone. */
function idleOf(system: CoreSystem, { places, crashesLeft }: CoreSystemState): string | undefined {
  const all = places.map((place) => system.table.places.valueOf(place));
  if (all.some(({ pending }) => pending.length > 0)) return undefined;
  const names = all.map((place) =>
    namePlace({ ...place, hasSlowDisk: false, disk: { ...place.disk, chosenUpTo: 0 } }),
  );
  return [...names, crashesLeft].join('\n');
}

function isToItself(system: CoreSystem, number: number): boolean {
  const { from, to } = system.table.parcels.valueOf(number);
  return from === to;
}
