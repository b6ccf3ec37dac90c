/** What is wrong with a JSON body, in words, with its place: `then[2] has no "key"`. */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** `issue`: the first of a schema of `schemas/`, whose own messages are kept. */
export function wordsOf(issue: Issue): string {
  const [place, name] = placeOf(issue.path);
  if (issue.code === 'unrecognized_keys') return unknownMember(place, issue.message);
  if (issue.code === 'invalid_union') return `${place} ${issue.message}`;
  if (issue.code === 'custom' && name === undefined) return `${place} ${issue.message}`;
  if (isMissing(issue)) return place === '' ? `"${name}" is missing` : `${place} has no "${name}"`;
  if (name === undefined) return place === '' ? 'an object is expected' : `${place} is an object`;
  if (place === '') return `"${name}" ${ruleOf(issue, 'is a')}`;
  if (issue.code === 'too_small' && issue.origin === 'string') {
    return `${place} has an empty "${name}"`;
  }
  return `${place} has a "${name}" that ${ruleOf(issue, 'is no')}`;
}

/** `['then', 2, 'key']` is the member `key` of `then[2]`; without a member, it is all of it. */
function placeOf(path: readonly PropertyKey[]): readonly [place: string, name: string | undefined] {
  const last = path.at(-1);
  const isMember = typeof last === 'string';
  let place = '';
  for (const step of isMember ? path.slice(0, -1) : path) {
    if (typeof step === 'number') place += `[${step}]`;
    else place += place === '' ? String(step) : `.${String(step)}`;
  }
  return [place, isMember ? last : undefined];
}

function unknownMember(place: string, known: string): string {
  if (place === '') return `there is no member of that name; ${known}`;
  return `${place} has a member that is not known there; ${known}`;
}

function isMissing(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.input === undefined;
}

function ruleOf(issue: Issue, is: 'is a' | 'is no'): string {
  if (issue.code === 'invalid_type') return typeRule(issue.expected, is);
  if (issue.code === 'too_small') return `${is} whole number from ${issue.minimum}`;
  if (issue.code === 'too_big') return `${is} whole number up to ${issue.maximum}`;
  return issue.message;
}

function typeRule(expected: string, is: 'is a' | 'is no'): string {
  switch (expected) {
    case 'boolean':
      return is === 'is a' ? 'is true or false' : 'is not true or false';
    case 'array':
      return `${is} list`;
    case 'int':
    case 'number':
      return `${is} whole number`;
    default:
      return `${is} ${expected}`;
  }
}
