/** An operation in words. */
import { detailsOf, type OperationDetails, type Run } from './run.ts';
import type { Description } from './stage.ts';
import { clockText, durationText } from './time-text.ts';

/** `write x 12`, `read x → 12`. */
export function operationText({ f, key, asked, got }: OperationDetails): string {
  const value = asked === 'null' || asked === '' ? '' : ` ${asked}`;
  const answer = got === '' ? '' : ` → ${got}`;
  return `${f} ${key}${value}${answer}`;
}

export function endingText({ ending, error }: OperationDetails): string {
  switch (ending) {
    case 'ok':
      return 'ok';
    case 'failed':
      return error === ''
        ? 'failed: what it asked for did not hold'
        : 'failed: it did not take effect, and never will';
    case 'unknown':
      return 'unknown: it may have taken effect, or may still';
    default:
      return 'unknown: the run was over before it ended';
  }
}

export function operationLines(details: OperationDetails) {
  const { workload, process, f, key, asked, got, error, replica, ending } = details;
  const { beginUs, durationUs } = details;
  const end = ending === 'open' ? 'none' : clockText(beginUs + durationUs);
  const lines: [string, string][] = [
    ['Ending', endingText(details)],
    ['Process', `${process} (${workload})`],
    ['Call', f],
    ['Key', key],
    ['Replica asked', replica === undefined ? 'not recorded' : String(replica)],
    ['Begin', clockText(beginUs)],
    ['End', end],
    ['Duration', durationText(durationUs)],
    ['*Value', asked],
  ];
  if (got !== '') lines.push(['*Answer', got]);
  if (error !== '') lines.push(['*Error', error]);
  return lines;
}

export function describeOperation(run: Run, operation: number, others: number): Description {
  const details = detailsOf(run, operation);
  const lines = operationLines(details).map(
    ([name, text]) => [name.replace('*', ''), text] as const,
  );
  const more = others > 0 ? [['', `and ${others} more here: zoom in`] as const] : [];
  const flag = run.marked.has(operation) ? [['Finding', 'a check points to it'] as const] : [];
  return { title: operationText(details), lines: [...flag, ...lines, ...more] };
}
