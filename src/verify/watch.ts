/**
 * Watches (docs/histories.md, `watch`): every event once, in order, none missing, from the place at
 * which a stream begins to the place that it reached. The rules are those that etcd's robustness tests
 * hold its watches to, as far as Synod's streams have what they speak of.
 */
import { attemptsOf } from './attempt.ts';
import type { HistoryEvent } from './history.ts';
import { describeAsked, Violations, type Report } from './report.ts';
import { placeIn, StoreHistory, type Change } from './store-history.ts';
import { eventText, isEvent, streamOf, type Stream, type StreamEvent } from './stream.ts';
import { STREAM_KINDS, StreamOrder } from './stream-order.ts';
import { CONTENT_KINDS, prevFault, versionFault, type Past } from './stream-content.ts';
import { isWrite, Writes } from './writes.ts';

const KINDS = [
  ...STREAM_KINDS,
  ...CONTENT_KINDS,
  'missing',
  'unwritten',
  'contradicted',
  'revisions',
] as const;

type Kind = (typeof KINDS)[number];

export function checkWatch(events: readonly HistoryEvent[]): Report {
  const attempts = attemptsOf(events);
  const violations = new Violations<Kind>(KINDS);
  const writes = new Writes(attempts.filter(isWrite));
  const streams = attempts.filter((attempt) => !isWrite(attempt)).flatMap(streamOf);
  writes.check(violations);
  const watches = new Watches(writes, violations);
  watches.tell(streams);
  for (const stream of streams) watches.check(stream);
  const items = streams.flatMap((stream) => stream.items);
  return violations.report({
    writes: writes.all.length,
    streams: streams.length,
    events: items.filter(isEvent).length,
    bookmarkCount: items.filter(({ type }) => type === 'bookmark').length,
    resets: items.filter(({ type }) => type === 'reset').length,
  });
}

class Watches {
  readonly #writes: Writes;
  readonly #history: StoreHistory;
  readonly #violations: Violations<Kind>;

  constructor(writes: Writes, violations: Violations<Kind>) {
    this.#writes = writes;
    this.#history = new StoreHistory(writes);
    this.#violations = violations;
  }

  /** What was told as an event counts before what was told as the one before it. */
  tell(streams: readonly Stream[]): void {
    for (const stream of streams) {
      for (const event of stream.items.filter(isEvent)) this.#tellEvent(stream, event);
    }
    for (const { items, attempt: from } of streams) {
      for (const { key, prev, revision } of items.filter(isEvent)) {
        if (prev === null || prev === undefined || prev.revision >= revision) continue;
        const change = { ...prev, type: 'put', key, createRevision: undefined, from } as const;
        this.#history.tell(change);
      }
    }
  }

  /** Of a stream, when all is told. */
  check(stream: Stream): void {
    const { attempt, withPrev, start } = stream;
    const known =
      stream.since === undefined ? this.#writes.knownBefore(attempt)?.revision : undefined;
    const order = new StreamOrder(stream, known, (kind, why) => this.#add(kind, stream, why));
    for (const item of stream.items) order.pass(item);
    for (const event of stream.items.filter(isEvent)) {
      const past = this.#pastOf(event, start);
      const wrongPrev = withPrev ? prevFault(event, past) : undefined;
      if (wrongPrev !== undefined) this.#add('wrongPrev', stream, wrongPrev);
      const wrongVersion = versionFault(event, past);
      if (wrongVersion !== undefined) this.#add('wrongVersions', stream, wrongVersion);
    }
    if (start !== undefined) this.#findMissing(stream, start, order.place ?? start);
  }

  #pastOf({ key, revision }: StreamEvent, start: number | undefined): Past {
    const before = this.#history.before(key, revision);
    const isWhole = before !== undefined && start !== undefined && start <= before.revision;
    return { before, isWhole, mayHaveEnded: this.#history.mayEndUnseen(key) };
  }

  #tellEvent(stream: Stream, event: StreamEvent): void {
    const { attempt: from } = stream;
    const told = this.#history.tell({ ...changeOf(event), from });
    if (told.type === 'unwritten')
      this.#add('unwritten', stream, `${eventText(event)}: no write did it`);
    if (told.type !== 'contradicted') return;
    const other = `${eventText(told.change)} by ${describeAsked(told.change.from)}`;
    this.#add('contradicted', stream, `${eventText(event)}, and ${other}`);
  }

  /** Looks at single changes only where their number is wrong. */
  #findMissing(stream: Stream, start: number, place: number): void {
    const changes = this.#history.changesOf(stream.watched);
    const [from, to] = [placeIn(changes, start), placeIn(changes, place)];
    const came = new Set<Change>();
    for (const { key, revision } of stream.items.filter(isEvent)) {
      const change = this.#history.at(key, revision);
      if (change !== undefined && revision > start && revision <= place) came.add(change);
    }
    if (came.size === to - from) return;
    for (const change of changes.slice(from, to)) {
      if (came.has(change)) continue;
      const known = `known by ${describeAsked(change.from)}`;
      this.#add('missing', stream, `${eventText(change)}, ${known}, did not come`);
    }
  }

  #add(kind: Kind, { attempt }: Stream, why: string): void {
    this.#violations.add(kind, attempt, () => `${describeAsked(attempt)}: ${why}`);
  }
}

function changeOf({ type, key, revision, value, version, createRevision }: StreamEvent) {
  return { type, key, revision, value, version, createRevision };
}
