/** Streams of watches, as clients record them (docs/histories.md, `watch`). */
import type { Attempt } from './attempt.ts';
import { isRecord, isWhole } from './json.ts';
import { refuseAnswer, refuseCall } from './report.ts';

/** What was watched. */
export type Watched =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'prefix'; readonly prefix: string };

export interface Stream {
  readonly attempt: Attempt;
  readonly watched: Watched;
  /** `undefined`: the present, when it began. */
  readonly since: number | undefined;
  readonly withPrev: boolean;
  /** Without `id`. */
  readonly asLines: boolean;
  readonly items: readonly StreamItem[];
  /** It holds all behind this that matches, as far as its place; `undefined`: there is nothing in it. */
  readonly start: number | undefined;
}

export type StreamItem = StreamEvent | Bookmark | Reset;

export interface StreamEvent {
  readonly type: 'put' | 'delete' | 'expire';
  readonly key: string;
  readonly revision: number;
  /** Of a put. */
  readonly value: string | undefined;
  readonly version: number | undefined;
  readonly createRevision: number | undefined;
  /** `null`: the key was absent before. `undefined`: it was not told. */
  readonly prev: Previous | null | undefined;
  readonly id: number | undefined;
}

export interface Previous {
  readonly value: string;
  readonly revision: number;
  readonly version: number | undefined;
}

interface Bookmark {
  readonly type: 'bookmark';
  readonly revision: number;
}

interface Reset {
  readonly type: 'reset';
  readonly oldestRevision: number;
}

export function isEvent(item: StreamItem): item is StreamEvent {
  return item.type !== 'bookmark' && item.type !== 'reset';
}

export function isWatched(watched: Watched, key: string): boolean {
  return watched.type === 'key' ? key === watched.key : key.startsWith(watched.prefix);
}

/** For a finding: `put of "k" at revision 7`. */
export function eventText({
  type,
  key,
  revision,
}: Pick<StreamEvent, 'type' | 'key' | 'revision'>): string {
  return `${type} of ${JSON.stringify(key)} at revision ${revision}`;
}

/** None where the watch was refused, or nobody knows what came. Throws where it is none. */
export function streamOf(attempt: Attempt): readonly Stream[] {
  const { f, value, ending } = attempt;
  if (f !== 'watch' || !isRecord(value)) return refuseCall('a store', attempt);
  const { key, prefix, since = null, prev, lines } = value;
  if (since !== null && !isWhole(since)) return refuseCall('a store', attempt);
  const watched = watchedOf(key, prefix) ?? refuseCall('a store', attempt);
  if (ending?.type !== 'ok') return [];
  const answer = isRecord(ending.value) ? ending.value : {};
  const { events, from } = answer;
  if (!Array.isArray(events)) return refuseAnswer(attempt);
  const items = events.map((event) => itemOf(event) ?? refuseAnswer(attempt));
  const start = since ?? (isWhole(from) ? from : startOf(items[0]));
  const common = { attempt, watched, items, start, since: since ?? undefined };
  return [{ ...common, withPrev: prev === true, asLines: lines === true }];
}

function watchedOf(key: unknown, prefix: unknown): Watched | undefined {
  if (typeof key === 'string' && prefix === undefined) return { type: 'key', key };
  if (typeof prefix === 'string' && key === undefined) return { type: 'prefix', prefix };
  return undefined;
}

/** An event comes with all of its revision. */
function startOf(first: StreamItem | undefined): number | undefined {
  if (first === undefined || first.type === 'reset') return undefined;
  return isEvent(first) ? first.revision - 1 : first.revision;
}

function itemOf(item: unknown): StreamItem | undefined {
  if (!isRecord(item)) return undefined;
  const { event, revision, oldestRevision } = item;
  if (event === 'reset') {
    return isWhole(oldestRevision) ? { type: 'reset', oldestRevision } : undefined;
  }
  if (!isWhole(revision)) return undefined;
  if (event === 'bookmark') return { type: 'bookmark', revision };
  return eventOf(item, revision);
}

function eventOf(
  item: Readonly<Record<string, unknown>>,
  revision: number,
): StreamEvent | undefined {
  const { event: type, key, value } = item;
  if (type !== 'put' && type !== 'delete' && type !== 'expire') return undefined;
  if (typeof key !== 'string' || (type === 'put') !== (typeof value === 'string')) return undefined;
  return {
    type,
    key,
    revision,
    value: typeof value === 'string' ? value : undefined,
    version: wholeOf(item['version']),
    createRevision: wholeOf(item['createRevision']),
    prev: previousOf(item['prev']),
    id: wholeOf(item['id']),
  };
}

function previousOf(prev: unknown): Previous | null | undefined {
  if (!isRecord(prev)) return prev === null ? null : undefined;
  const { value, revision, version } = prev;
  if (typeof value !== 'string' || !isWhole(revision)) return undefined;
  return { value, revision, version: wholeOf(version) };
}

function wholeOf(value: unknown): number | undefined {
  return isWhole(value) ? value : undefined;
}
