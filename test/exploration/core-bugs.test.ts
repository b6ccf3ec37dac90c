/** Each planted bug is found, by the invariant that is named for it, on a path as short as known. */
import { describe, expect, test } from 'vitest';
import type * as core from '../../src/exploration/core/core-system.ts';
import type * as explorer from '../../src/exploration/explorer.ts';
import { importMutant } from '../support/mutant.ts';
import { CORE_BUGS } from './core-bugs.ts';
import { EPOCH_BUGS } from './epoch-bugs.ts';

type Modules = typeof explorer & typeof core;

const MODULES = ['exploration/explorer.ts', 'exploration/core/core-system.ts'];
const ROOMS = ['exploration', 'paxos'];

describe('planted bugs are found', () => {
  test.each([...CORE_BUGS, ...EPOCH_BUGS])('$name', async ({ scope, found, depth, mutations }) => {
    const { CoreSystem, explore } = await importMutant<Modules>(mutations, MODULES, ROOMS);
    const report = explore(new CoreSystem(scope), { limits: { maxStates: 2_000_000 } });
    expect(report.violation?.property).toMatch(new RegExp(`^${found}\\b`));
    expect(report.violation?.path).toHaveLength(depth);
  });
});
