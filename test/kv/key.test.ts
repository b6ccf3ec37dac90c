import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareKeys,
  isKey,
  isPrefix,
  keyFromBytes,
  keyFromText,
  keyToBytes,
  MAX_KEY_BYTES,
  textFromKey,
} from '../../src/kv/key.ts';
import { hasPrefix, keyAfter, prefixEnd } from '../../src/kv/prefix.ts';
import { anyKey, anyPrefix } from './samples.ts';

describe('a key', () => {
  it('is ordered as its bytes are', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        const order = Buffer.compare(keyToBytes(a), keyToBytes(b));
        expect(compareKeys(a, b)).toBe(order);
        expect(compareKeys(a, a)).toBe(0);
      }),
    );
  });

  it('is its bytes, and they are the key', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        expect(Buffer.from(keyToBytes(key)).toString('latin1')).toBe(key);
        expect(keyFromBytes(keyToBytes(key))).toBe(key);
      }),
    );
    expect(keyFromBytes(new Uint8Array(MAX_KEY_BYTES)).length).toBe(MAX_KEY_BYTES);
    expect(() => keyFromBytes(new Uint8Array(MAX_KEY_BYTES + 1))).toThrow('a key of 1025 bytes');
  });

  it('has 1 to 1,024 bytes and nothing but bytes; a prefix may be empty', () => {
    const texts = ['', 'a', '\xff', '\u0100', 'a'.repeat(1024), 'a'.repeat(1025)];
    expect(texts.map(isKey)).toEqual([false, true, true, false, true, false]);
    expect(texts.map(isPrefix)).toEqual([true, true, true, false, true, false]);
  });

  it('is the UTF-8 of a text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const key = keyFromText(text);
        expect(key).toBe(Buffer.from(text, 'utf8').toString('latin1'));
        expect(key === undefined ? undefined : textFromKey(key)).toBe(text);
      }),
    );
    expect(keyFromText('é')).toBe('\xc3\xa9');
    expect(textFromKey('\xef\xbb\xbfa')).toBe('\ufeffa');
    expect(keyFromText('\ud800')).toBeUndefined();
  });

  it('has no text where its bytes are not UTF-8', () => {
    expect(['\xff', '\xc3', '\xc0\x80', '\xed\xa0\x80'].map(textFromKey)).toEqual(
      Array.from({ length: 4 }),
    );
    expect(textFromKey('\x00a')).toBe('\x00a');
  });
});

describe('a prefix', () => {
  it('ends right after its last key', () => {
    fc.assert(
      fc.property(anyPrefix, anyKey, (prefix, key) => {
        const end = prefixEnd(prefix);
        const inRange = key >= prefix && (end === undefined || key < end);
        expect(inRange).toBe(hasPrefix(key, prefix));
        expect(prefix + key < (end ?? prefix + key + '\xff')).toBe(true);
      }),
      { numRuns: 2000 },
    );
    const high = fc.string({ unit: fc.constantFrom('\x00', '\xfe', '\xff'), maxLength: 3 });
    fc.assert(
      fc.property(high, high, (prefix, key) => {
        const end = prefixEnd(prefix);
        const inRange = key >= prefix && (end === undefined || key < end);
        expect(inRange).toBe(hasPrefix(key, prefix));
      }),
    );
  });

  it('has no end where it is empty or of the highest byte only', () => {
    const prefixes = ['', '\xff', '\xff\xff', 'a', 'a\xff', 'a\xff\xff', '\x00'];
    const none = undefined;
    expect(prefixes.map(prefixEnd)).toEqual([none, none, none, 'b', 'b', 'b', '\x01']);
  });

  it('leaves nothing between a key and the key after it', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (key, other) => {
        expect(other > key).toBe(other >= keyAfter(key));
      }),
    );
  });
});
