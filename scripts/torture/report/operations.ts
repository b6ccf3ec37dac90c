/** Calls and their endings, put together again from the events of a history. */
import type { HistoryEvent } from '../../../src/verify/history.ts';
import { unreachable } from '../../../src/kv/unreachable.ts';
import type { ENDINGS } from './page/payload.ts';

export interface Operation {
  readonly workload: string;
  readonly process: number;
  readonly f: string;
  readonly key: string;
  readonly asked: unknown;
  readonly replica: number | undefined;
  readonly beginUs: number;
  ending: (typeof ENDINGS)[number];
  /** `undefined` while it is open. */
  endUs: number | undefined;
  got: unknown;
  error: string | undefined;
}

/** In the order in which they began. */
export function operationsOf(
  histories: ReadonlyMap<string, readonly HistoryEvent[]>,
): readonly Operation[] {
  const operations = [...histories].flatMap(([workload, events]) => paired(workload, events));
  return operations.toSorted((a, b) => a.beginUs - b.beginUs);
}

function paired(workload: string, events: readonly HistoryEvent[]): readonly Operation[] {
  const operations: Operation[] = [];
  const open = new Map<number, Operation>();
  for (const event of events) {
    const before = open.get(event.process);
    if (event.type === 'invoke') {
      // Its ending was never written: it ended before this one began, and nobody knows how.
      if (before !== undefined) end(before, { ...event, type: 'info', value: before.asked });
      const operation = opened(workload, event);
      open.set(event.process, operation);
      operations.push(operation);
      continue;
    }
    open.delete(event.process);
    const operation = before ?? opened(workload, event);
    if (before === undefined) operations.push(operation);
    end(operation, event);
  }
  return operations;
}

function opened(workload: string, event: HistoryEvent): Operation {
  const { process, f, key, value, time } = event;
  return {
    workload,
    process,
    f,
    key,
    asked: value,
    replica: replicaOf(event),
    beginUs: Math.round(time),
    ending: 'open',
    endUs: undefined,
    got: undefined,
    error: undefined,
  };
}

/** Recorders keep in memory whom a process asked; the lines of the file have no place for it. */
function replicaOf(event: HistoryEvent): number | undefined {
  return 'replica' in event && typeof event.replica === 'number' ? event.replica : undefined;
}

function end(operation: Operation, event: HistoryEvent): void {
  operation.ending = endingOf(event.type);
  operation.endUs = Math.max(Math.round(event.time), operation.beginUs);
  operation.got = event.value;
  operation.error = event.error;
}

function endingOf(type: HistoryEvent['type']): Operation['ending'] {
  switch (type) {
    case 'ok':
      return 'ok';
    case 'fail':
      return 'failed';
    case 'info':
      return 'unknown';
    case 'invoke':
      return 'open';
    default:
      return unreachable(type);
  }
}
