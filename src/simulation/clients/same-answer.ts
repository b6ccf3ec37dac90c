/** Whether two answers, items or operations say the same, to the last field and byte. */
import type { Answer } from '../../kv/answer.ts';
import type { Item } from '../../kv/item.ts';
import type { Condition, Operation, Revisions } from '../../kv/operation.ts';
import { isSameBytes } from '../ghost/proposals.ts';

export function isSameAnswer(a: Answer, b: Answer): boolean {
  if (a.revision !== b.revision) return false;
  switch (a.type) {
    case 'put':
      return (
        b.type === 'put' &&
        a.version === b.version &&
        a.created === b.created &&
        a.key === b.key &&
        isSamePrev(a.prev, b.prev)
      );
    case 'deleted':
      return b.type === 'deleted' && a.deleted === b.deleted && isSamePrev(a.prev, b.prev);
    case 'absent':
      return b.type === 'absent';
    case 'conditionFailed':
      return b.type === 'conditionFailed' && a.current === b.current;
    case 'tooManyKeys':
      return b.type === 'tooManyKeys' && a.max === b.max && a.actual === b.actual;
    default:
      return false;
  }
}

function isSamePrev(a: Item | null | undefined, b: Item | null | undefined): boolean {
  if (a === null || a === undefined || b === null || b === undefined) return a === b;
  return isSameItem(a, b);
}

export function isSameItem(a: Item | undefined, b: Item | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.revision === b.revision &&
    a.createRevision === b.createRevision &&
    a.version === b.version &&
    a.contentType === b.contentType &&
    isSameBytes(a.value, b.value)
  );
}

export function isSameOperation(a: Operation, b: Operation): boolean {
  if (a.type === 'deleteRange' || b.type === 'deleteRange') {
    return a.type === 'deleteRange' && b.type === 'deleteRange' && a.prefix === b.prefix;
  }
  if (a.key !== b.key || a.prev !== b.prev || !isSameCondition(a.condition, b.condition)) {
    return false;
  }
  if (a.type === 'delete' || b.type === 'delete') return a.type === b.type;
  return a.contentType === b.contentType && isSameBytes(a.value, b.value);
}

function isSameCondition(a: Condition = {}, b: Condition = {}): boolean {
  return isSameRevisions(a.ifMatch, b.ifMatch) && isSameRevisions(a.ifNoneMatch, b.ifNoneMatch);
}

function isSameRevisions(a: Revisions | undefined, b: Revisions | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.length === b.length && a.every((revision, index) => revision === b[index]);
}
