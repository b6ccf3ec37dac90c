/** The level at which a request reads, and the grant that it waits for. */
import type { Exchange } from './exchange.ts';
import { parseDuration, parseWhole } from './number.ts';
import { notDone } from './outcome.ts';
import type { READ_PARAMETERS } from './parameters.ts';
import { Problem } from './problem.ts';
import { invalid, type Query } from './query.ts';
import type { Granted, ReadOptions } from '../replica/api.ts';

/** How a request reads. */
export interface LevelOptions extends ReadOptions {
  /** What is older is refused. */
  readonly maxStalenessMs: number;
}

const LEVELS: ReadonlyMap<string, ReadOptions['level']> = new Map([
  ['linearizable', 'linearizable'],
  ['lease', 'lease'],
  ['local', 'local'],
]);

export function parseReadOptions(
  exchange: Exchange,
  query: Query<keyof typeof READ_PARAMETERS>,
): LevelOptions | Problem {
  const name = query.text('consistency');
  const level = name === undefined ? 'linearizable' : LEVELS.get(name);
  if (level === undefined) return invalid('consistency', 'is linearizable, lease or local');
  const deadlineMs = query.deadlineMs(exchange.context.limits.requestMs);
  if (deadlineMs instanceof Problem) return deadlineMs;
  const maxStalenessMs = parseMaxStaleness(exchange.fields.maxStaleness);
  if (maxStalenessMs instanceof Problem) return maxStalenessMs;
  const field = exchange.fields.minRevision;
  if (field === undefined) return { level, deadlineMs, maxStalenessMs };
  const minRevision = parseWhole(field);
  if (minRevision === undefined) {
    return new Problem('invalid_header', 'Min-Revision is a revision in plain digits');
  }
  return { level, deadlineMs, maxStalenessMs, minRevision };
}

/** Infinite where nothing is asked for. */
function parseMaxStaleness(field: string | undefined): number | Problem {
  if (field === undefined) return Number.POSITIVE_INFINITY;
  const ms = parseDuration(field);
  if (ms !== undefined) return ms;
  return new Problem('invalid_header', 'Max-Staleness is a duration such as 500ms or 2s');
}

/** At an older revision: a local read waits until this replica has got there. */
export function optionsAt(options: LevelOptions, revision: number | undefined): LevelOptions {
  if (revision === undefined || options.level !== 'local') return options;
  return { ...options, minRevision: Math.max(revision, options.minRevision ?? 0) };
}

/** `granted` runs while the store stands where the grant says; not at all where it is refused. */
export function readWith(
  exchange: Exchange,
  options: LevelOptions,
  granted: (grant: Granted) => void,
): void {
  exchange.context.replica.read(options, (grant) => {
    if (grant.type === 'refused') exchange.refuse(notDone(grant.reason));
    else if (grant.stalenessMs > options.maxStalenessMs) exchange.refuse(tooStale(grant));
    else granted(grant);
  });
}

/** The header fields that say at which level was read: without a lease, `lease` is `linearizable`. */
export function levelFields({ level, stalenessMs }: Granted): string[] {
  const fields = ['Synod-Consistency', level];
  if (level === 'local') {
    const isKnown = Number.isFinite(stalenessMs);
    fields.push('Synod-Staleness', isKnown ? `${Math.ceil(stalenessMs)}ms` : 'unknown');
  }
  return fields;
}

function tooStale({ stalenessMs }: Granted): Problem {
  const age = Number.isFinite(stalenessMs) ? `${Math.ceil(stalenessMs)}ms old` : 'of unknown age';
  return new Problem('too_stale', `what this replica knows is ${age}`);
}
