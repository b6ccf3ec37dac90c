import { expect, test } from 'vitest';
import { partsOf } from '../../../../scripts/torture/workload.ts';
import { findWorkload, WORKLOADS } from '../../../../scripts/torture/workloads/catalogue.ts';
import { memoryRun } from './memory-run.ts';

const single = WORKLOADS.filter(({ parts }) => parts === undefined);

test.each(single)('$name: clients of one replica that is well find nothing wrong', async (one) => {
  const memory = await memoryRun();
  await memory.run(one);
  const { recorder } = memory;
  const [check, enough] = one.check(recorder.events, true);
  expect(check).toMatchObject({ result: 'passed', findings: [] });
  expect(check?.text).toMatch(/[1-9]/);
  expect(enough?.name).toContain('enough');
  const open = new Set<number>();
  for (const { process, type } of recorder.events) {
    if (type === 'invoke') open.add(process);
    else open.delete(process);
  }
  expect(open.size).toBe(0);
});

test.each(single)('$name: nothing at all is not enough', (one) => {
  const resultOf = (isLenient: boolean) =>
    one.check([], isLenient).find(({ name }) => name.endsWith('enough happened'))?.result;
  expect(resultOf(false)).toBe('failed');
  expect(resultOf(true)).toBe('skipped');
});

test('each is found by its name and by its id, and all names are different', () => {
  expect(findWorkload('register')?.id).toBe('W1');
  expect(findWorkload('w10')?.name).toBe('mix');
  expect(findWorkload('W9')).toBeUndefined();
  const names = WORKLOADS.flatMap(partsOf).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('a mix has a part for each of the others', () => {
  const mix = findWorkload('mix');
  expect(mix?.parts?.map(({ id }) => id)).toEqual(single.map(({ id }) => id));
});
