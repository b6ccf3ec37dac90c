import { expect, test } from 'vitest';
import { FAULTS, findFault } from '../../../../scripts/torture/faults/catalogue.ts';

test('a fault is found by its name and by its number', () => {
  expect(findFault('N5')?.name).toBe('partition');
  expect(findFault('n5')).toBe(findFault('partition'));
  expect(findFault('N55')).toBeUndefined();
  expect(findFault('')).toBeUndefined();
});

test('no two have a name or a number in common', () => {
  for (const fault of FAULTS) {
    expect(fault.id).toMatch(/^N[1-9][0-9]?$/);
    expect(fault.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect([findFault(fault.id), findFault(fault.name)]).toEqual([fault, fault]);
  }
});
