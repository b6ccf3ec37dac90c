import { describe, expect, it } from 'vitest';
import { ItemCache } from '../../src/storage/item-cache.ts';
import { bytes, textOf } from './records.ts';

describe('the cache of items', () => {
  it('never holds more than its bytes', () => {
    const cache = new ItemCache(10_000);
    for (let i = 0; i < 1000; i += 1) {
      cache.put(`k${i % 77}`, bytes('x'.repeat(i)));
      expect(cache.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(cache.bytes).toBeGreaterThan(5_000);
  });

  it('keeps what is used, and drops what is not', () => {
    const cache = new ItemCache(10_000);
    for (let i = 0; i < 500; i += 1) {
      cache.put(`cold${i}`, bytes('x'));
      cache.put('written', bytes(`${i}`));
      if (i === 0) cache.put('read', bytes('y'));
      expect(cache.get('read')).toBeDefined();
    }
    expect(textOf(cache.get('written')?.value)).toBe('499');
    expect(cache.get('cold0')).toBeUndefined();
    expect(cache.get('cold499')).toBeDefined();
  });

  it('holds that a key is absent', () => {
    const cache = new ItemCache(10_000);
    expect(cache.get('a')).toBeUndefined();
    cache.put('a', undefined);
    expect(cache.get('a')).toMatchObject({ value: undefined });
  });

  it('holds nothing where it has no room', () => {
    const cache = new ItemCache(0);
    cache.put('a', bytes('x'));
    expect(cache.get('a')).toBeUndefined();
  });
});
