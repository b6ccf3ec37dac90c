/** The level at which a request reads, and the grant that it waits for. */
import type { Exchange } from './exchange.ts';
import { parseWhole } from './number.ts';
import { notDone } from './outcome.ts';
import { Problem } from './problem.ts';
import { invalid, type Query } from './query.ts';
import type { Granted, ReadOptions } from '../replica/api.ts';

const LEVELS: ReadonlyMap<string, ReadOptions['level']> = new Map([
  ['linearizable', 'linearizable'],
  // Leases are off: the level falls back, and the answer says so.
  ['lease', 'linearizable'],
  ['local', 'local'],
]);

export function parseReadOptions(exchange: Exchange, query: Query): ReadOptions | Problem {
  const name = query.text('consistency');
  const level = name === undefined ? 'linearizable' : LEVELS.get(name);
  if (level === undefined) return invalid('consistency', 'is linearizable, lease or local');
  const deadlineMs = query.deadlineMs(exchange.context.limits.requestMs);
  if (deadlineMs instanceof Problem) return deadlineMs;
  const field = exchange.fields.minRevision;
  if (field === undefined) return { level, deadlineMs };
  const minRevision = parseWhole(field);
  if (minRevision === undefined) {
    return new Problem('invalid_header', 'Min-Revision is a revision in plain digits');
  }
  return { level, deadlineMs, minRevision };
}

/** At an older revision: a local read waits until this replica has got there. */
export function optionsAt(options: ReadOptions, revision: number | undefined): ReadOptions {
  if (revision === undefined || options.level !== 'local') return options;
  return { ...options, minRevision: Math.max(revision, options.minRevision ?? 0) };
}

/** `granted` runs while the store stands where the grant says; not at all where it is refused. */
export function readWith(
  exchange: Exchange,
  options: ReadOptions,
  granted: (grant: Granted) => void,
): void {
  exchange.context.replica.read(options, (grant) => {
    if (grant.type === 'refused') exchange.refuse(notDone(grant.reason));
    else granted(grant);
  });
}

/** The header fields that say at which level was read. */
export function levelFields(options: ReadOptions, grant: Granted): string[] {
  const fields = ['Synod-Consistency', options.level];
  if (options.level === 'local') {
    const { stalenessMs } = grant;
    const isKnown = Number.isFinite(stalenessMs);
    fields.push('Synod-Staleness', isKnown ? `${Math.ceil(stalenessMs)}ms` : 'unknown');
  }
  return fields;
}
