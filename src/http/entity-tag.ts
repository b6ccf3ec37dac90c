/**
 * Conditions on a key's revision (RFC 9110, 13.1). An entity tag here is a revision in quotes; a
 * well-formed tag that is none of ours is no mistake, it just never matches.
 */
import { parseWhole } from './number.ts';
import { Problem } from './problem.ts';
import type { Condition, Revisions } from '../kv/operation.ts';

/** One tag, and the comma or the end after it. Empty list elements are allowed (RFC 9110, 5.6.1). */
const TAG = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)/y;

export function entityTag(revision: number): string {
  return `"${revision}"`;
}

/** `weakMatches`: the weak comparison, that of `If-None-Match`; else a weak tag never matches. */
export function parseTags(
  field: string,
  weakMatches: boolean,
  maxTags: number,
): Revisions | Problem {
  const text = field.trim();
  if (text === '*') return '*';
  const revisions: number[] = [];
  let tags = 0;
  TAG.lastIndex = 0;
  while (TAG.lastIndex < text.length) {
    const match = TAG.exec(text);
    if (match === null) return malformed();
    if (match[2] === undefined) continue;
    tags += 1;
    if (tags > maxTags) return tooManyTags(maxTags);
    const revision = match[1] === undefined || weakMatches ? parseWhole(match[2]) : undefined;
    if (revision !== undefined) revisions.push(revision);
  }
  return tags === 0 ? malformed() : revisions;
}

export function parseCondition(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
  maxTags: number,
): Condition | undefined | Problem {
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  const matching = ifMatch === undefined ? undefined : parseTags(ifMatch, false, maxTags);
  if (matching instanceof Problem) return matching;
  const differing = ifNoneMatch === undefined ? undefined : parseTags(ifNoneMatch, true, maxTags);
  if (differing instanceof Problem) return differing;
  return {
    ...(matching === undefined ? {} : { ifMatch: matching }),
    ...(differing === undefined ? {} : { ifNoneMatch: differing }),
  };
}

function malformed(): Problem {
  return new Problem(
    'invalid_condition',
    'If-Match and If-None-Match take * alone, or a list of revisions in quotes such as "7"',
  );
}

function tooManyTags(max: number): Problem {
  return new Problem('invalid_condition', `a condition has at most ${max} revisions`, {
    extra: { limit: 'conditionTags', max },
  });
}
