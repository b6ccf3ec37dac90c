/** Marks of faults as spans of time. */
import type { FaultMark } from '../run-record.ts';
import type { FaultSpan } from './page/payload.ts';

/** In the order in which they began. A fault without an end lasted until the run was over. */
export function faultSpans(marks: readonly FaultMark[]): readonly FaultSpan[] {
  const ends = new Map(
    marks.filter(({ type }) => type === 'end').map((mark) => [mark.id, mark] as const),
  );
  return marks
    .filter(({ type }) => type !== 'end')
    .map(({ type, id, time, fault, text, replicas }) => ({
      fault,
      text,
      replicas,
      beginUs: time,
      endUs: type === 'once' ? time : (ends.get(id)?.time ?? null),
    }))
    .toSorted((a, b) => a.beginUs - b.beginUs);
}
