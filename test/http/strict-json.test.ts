import { array, assert, constantFrom, jsonValue, property } from 'fast-check';
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

/** What JSON.parse makes of a text, in the same plain form; undefined where it refuses it. */
function reference(text: string): unknown {
  try {
    return plain(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function outcome(text: string): unknown {
  const read = parse(text);
  return read instanceof Problem ? undefined : plain(read);
}

test('what JSON.parse takes is read the same, where it is within the limits', () => {
  const values = jsonValue({ maxDepth: 4 });
  assert(
    property(values, constantFrom(undefined, 2, '\t\r\n'), (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      const read = parse(text);
      if (read instanceof Problem) return /half a character|to be exact|nested/.test(read.detail);
      return JSON.stringify(plain(read)) === JSON.stringify(reference(text));
    }),
  );
  expect(outcome('{"__proto__":{"a":[1.5,-0,true,null,"ü"]}}')).toEqual([
    ['__proto__', [['a', [1.5, -0, true, null, 'ü']]]],
  ]);
});

test('what JSON.parse refuses is refused', () => {
  const pieces = constantFrom('{', '}', '[', ']', ':', ',', '"a"', '"', '1', '-', 'true', ' ');
  assert(
    property(array(pieces, { maxLength: 8 }), (tokens) => {
      const text = tokens.join('');
      return reference(text) !== undefined || parse(text) instanceof Problem;
    }),
    { numRuns: 2000 },
  );
  expect(parse('{"a":1} x')).toBeInstanceOf(Problem);
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
