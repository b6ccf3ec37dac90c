/** A hash that goes along with each change, and depends on the content alone. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContentSum } from '../../src/storage/content-sum.ts';

const bytes = fc.uint8Array({ maxLength: 40 });
const record = fc.tuple(bytes, bytes);
type Record = readonly [Uint8Array, Uint8Array];

function sumOf(records: readonly Record[], start = ''): ContentSum {
  const sum = new ContentSum(start);
  for (const [key, value] of records) sum.add(key, value);
  return sum;
}

describe('a content sum', () => {
  test('is that of its records, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        expect(sumOf(records.toReversed()).hex).toBe(sumOf(records).hex);
      }),
    );
  });

  test('forgets what is subtracted', () => {
    fc.assert(
      fc.property(fc.array(record), fc.array(record), (kept, gone) => {
        const sum = sumOf([...kept, ...gone]);
        for (const [key, value] of gone) sum.subtract(key, value);
        expect(sum.hex).toBe(sumOf(kept).hex);
      }),
    );
  });

  test('goes on from its text', () => {
    fc.assert(
      fc.property(fc.array(record), fc.array(record), (first, second) => {
        expect(sumOf(second, sumOf(first).hex).hex).toBe(sumOf([...first, ...second]).hex);
      }),
    );
  });

  test('tells records apart that share their bytes', () => {
    const a = sumOf([[Buffer.from('ab'), Buffer.from('c')]]);
    const b = sumOf([[Buffer.from('a'), Buffer.from('bc')]]);
    expect(a.hex).not.toBe(b.hex);
  });

  test('is known: the first 16 bytes of SHA-256, as a number, the lowest byte first', () => {
    const one = sumOf([[Buffer.from('key'), Buffer.from('value')]]);
    expect(one.hex).toMatch(/^[0-9a-f]{32}$/);
    expect(new ContentSum().hex).toBe('0'.repeat(32));
    one.subtract(Buffer.from('key'), Buffer.from('value'));
    one.subtract(Buffer.from('key'), Buffer.from('value'));
    one.add(Buffer.from('key'), Buffer.from('value'));
    expect(one.hex).toBe('0'.repeat(32));
  });

  test('a record of any length counts whole', () => {
    const long = Buffer.alloc(100_000, 1);
    const other = Buffer.from(long);
    other[99_999] = 2;
    const key = Buffer.from('key');
    expect(sumOf([[key, long]]).hex).not.toBe(sumOf([[key, other]]).hex);
  });
});
