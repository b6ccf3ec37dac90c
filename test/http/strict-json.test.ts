import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../../src/http/problem.ts';
import { parseJson, type JsonValue } from '../../src/http/strict-json.ts';

const LIMITS = { jsonDepth: 8, jsonMembers: 1000 };

function parse(text: string): JsonValue | Problem {
  return parseJson(Buffer.from(text), LIMITS);
}

/** Maps become lists of pairs on both sides, so that `__proto__` is a name like any other. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([name, member]) => [name, plain(member)]);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([name, member]) => [name, plain(member)]);
  }
  return value;
}

test('what JSON.parse takes is read the same, where it is within the limits', () => {
  const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 2, '\t\r\n'), (original, space) => {
      const text = JSON.stringify(original, undefined, space);
      const read = parse(text);
      if (read instanceof Problem) {
        expect(read.detail).toMatch(/half a character|too large to be exact|nested|jsonMembers/);
      } else {
        expect(plain(read)).toEqual(plain(JSON.parse(text)));
      }
    }),
  );
});

test('what JSON.parse refuses is refused', () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', ':', ',', '"a"', '"', '1', '-', 'true', ' ');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (tokens) => {
      const text = tokens.join('');
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      if (!isJson) expect(parse(text)).toBeInstanceOf(Problem);
    }),
    { numRuns: 2000 },
  );
});

test('repeated members, however they are written, are refused', () => {
  expect(parse('{"a":1,"b":2}')).toEqual(
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  );
  expect(parse('{"a":1,"\\u0061":1}')).toBeInstanceOf(Problem);
  expect(parse('{"x":{"a":1},"a":{"a":1}}')).not.toBeInstanceOf(Problem);
});

test('depth and members are bounded', () => {
  expect(parse('[[[[[[[[1]]]]]]]]')).not.toBeInstanceOf(Problem);
  expect(parse('[[[[[[[[[1]]]]]]]]]')).toBeInstanceOf(Problem);
  expect(parse(`[${'1,'.repeat(999)}1]`)).not.toBeInstanceOf(Problem);
  expect(parse(`[${'1,'.repeat(1000)}1]`)).toBeInstanceOf(Problem);
});
