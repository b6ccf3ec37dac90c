import { expect, it } from 'vitest';
import { FAULTS } from '../../../scripts/torture/faults/catalogue.ts';
import { matrixCells } from '../../../scripts/torture/matrix.ts';
import { readOptions, UsageError } from '../../../scripts/torture/options.ts';
import { askedOf, faultsOf, workloadsOf } from '../../../scripts/torture/plan.ts';
import { controlFaults } from '../../../scripts/torture/controls-run.ts';
import { CONTROLS, whatIsWrong } from '../../../scripts/torture/controls.ts';
import { lanesOf } from '../../../scripts/torture/schedule.ts';
import type { Check } from '../../../scripts/torture/run-record.ts';
import { verdict } from './verdicts.ts';

it('finds every workload and fault that the matrix, the controls and the profiles name', () => {
  for (const { workload, faults } of matrixCells()) {
    expect(workloadsOf([workload]).length).toBeGreaterThan(0);
    expect(faultsOf(faults).map(({ id }) => id)).toEqual(faults);
  }
  for (const control of CONTROLS) {
    expect(workloadsOf(control.workloads)).toHaveLength(control.workloads.length);
    expect(controlFaults(control)).toHaveLength(control.faults.length);
  }
  for (const profile of ['quick', 'soak']) {
    const asked = askedOf(readOptions(['--profile', profile]));
    expect(asked.workloads.length).toBeGreaterThan(5);
    expect(asked.faults.length).toBeGreaterThan(3);
  }
});

it('has every fault of the list in a cell of the matrix', () => {
  const inCells = new Set(matrixCells().flatMap(({ faults }) => faults));
  const listed =
    'N1 N2 N3 N4 N5 N6 N7 N8 N9 N10 N11 N13 N14 N15 N16 N17 N18 N19 N20 N21 N22 N23 N24 N25 N27 N29 N31 N32 N34';
  expect([...inCells].toSorted()).toEqual(listed.split(' ').toSorted());
});

it('refuses what is not there, and says what is', () => {
  expect(() => workloadsOf(['W99'])).toThrow(UsageError);
  expect(() => faultsOf(['rain'])).toThrow(/N1, .*N5/);
});

it('lets no two faults at once spoil disks, and loses no fault', () => {
  const lanes = lanesOf(FAULTS);
  expect(lanes.flat()).toHaveLength(FAULTS.length);
  const spoilers = ['N14', 'N15', 'N16', 'N17', 'N18', 'N20', 'N21', 'N22', 'N24', 'N31'];
  const withSpoilers = lanes.filter((lane) => lane.some(({ id }) => spoilers.includes(id)));
  expect(withSpoilers).toHaveLength(1);
});

function failed(name: string): Check {
  return { name, result: 'failed', text: '', findings: [] };
}

it('takes a negative control for broken unless the right check fails', () => {
  const [control] = CONTROLS.filter(({ name }) => name === 'no-idempotency');
  if (control === undefined) throw new Error('no such control');
  const operations = { ok: 1000, failed: 0, unknown: 0 };
  const right = verdict({ operations, checks: [failed('counter: exactly once')] });
  expect(whatIsWrong(control, right)).toBeUndefined();
  const neverBegan = { ...right, operations: { ...operations, ok: 0 } };
  expect(whatIsWrong(control, neverBegan)).toMatch(/never worked/);
  expect(whatIsWrong(control, { ...right, checks: [] })).toMatch(/green/);
  const other = { ...right, checks: [failed('service is back')] };
  expect(whatIsWrong(control, other)).toMatch(/only other checks fail: service is back/);
});
