/** What can be seen in one stream of a watch alone: order, revisions that come whole, and bookmarks. */
import { eventText, isWatched, type Stream, type StreamEvent, type StreamItem } from './stream.ts';

export const STREAM_KINDS = [
  'unordered',
  'repeated',
  'torn',
  'bookmarks',
  'resumed',
  'unwatched',
] as const;

type Kind = (typeof STREAM_KINDS)[number];

export class StreamOrder {
  /** All at or below has come; `undefined`: nobody knows how far it came. */
  place: number | undefined;
  readonly #stream: Stream;
  /** No event is at or below. */
  readonly #floor: number;
  readonly #add: (kind: Kind, why: string) => void;
  readonly #came = new Set<string>();
  #last: StreamEvent | undefined;
  #bookmark = Number.NEGATIVE_INFINITY;

  /** `known`: the revision that the present had reached, for certain, when it was asked for. */
  constructor(stream: Stream, known: number | undefined, add: (kind: Kind, why: string) => void) {
    const { start } = stream;
    this.#stream = stream;
    this.#add = add;
    this.place = start;
    this.#floor = Math.max(start ?? 0, known ?? 0);
    if (start !== undefined && known !== undefined && start < known) {
      add('resumed', `it begins behind ${start}, but the present was ${known}`);
    }
  }

  pass(item: StreamItem): void {
    if (item.type === 'bookmark') this.#passBookmark(item.revision);
    else if (item.type === 'reset') this.#passReset(item.oldestRevision);
    else this.#passEvent(item);
  }

  #passEvent(event: StreamEvent): void {
    const { key, revision, id } = event;
    const last = this.#last?.revision ?? Number.NEGATIVE_INFINITY;
    const name = `${revision} ${key}`;
    if (!isWatched(this.#stream.watched, key)) this.#add('unwatched', eventText(event));
    if (this.#came.has(name)) this.#add('repeated', eventText(event));
    else if (revision < last)
      this.#add('unordered', `${eventText(event)} comes after revision ${last}`);
    else if (revision <= this.#bookmark) {
      this.#add('bookmarks', `${eventText(event)} comes after the bookmark ${this.#bookmark}`);
    } else if (revision <= this.#floor) {
      this.#add('resumed', `${eventText(event)} is not behind ${this.#floor}`);
    }
    this.#came.add(name);
    this.#checkId(event);
    this.#reach(id === revision ? revision : revision - 1);
    this.#last = event;
  }

  /** Only the last event of a revision carries its `id`. */
  #checkId(event: StreamEvent): void {
    const { id, revision } = event;
    if (this.#stream.asLines) return;
    if (id !== undefined && id !== revision)
      this.#add('torn', `${eventText(event)} has the id ${id}`);
    const last = this.#last;
    if (last?.revision === revision) {
      if (last.id !== undefined)
        this.#add('torn', `${eventText(event)} comes after its revision's id`);
    } else this.#checkWhole();
  }

  #checkWhole(): void {
    const last = this.#last;
    if (this.#stream.asLines || last === undefined || last.id !== undefined) return;
    this.#add('torn', `the last event of revision ${last.revision} has no id`);
  }

  #passBookmark(revision: number): void {
    const last = Math.max(this.#bookmark, this.#last?.revision ?? 0);
    if (revision < last)
      this.#add('bookmarks', `bookmark ${revision} comes after revision ${last}`);
    this.#checkWhole();
    this.#bookmark = Math.max(this.#bookmark, revision);
    this.#last = undefined;
    this.#reach(revision);
  }

  #passReset(oldestRevision: number): void {
    const { place } = this;
    if (place === undefined || oldestRevision > place) return;
    this.#add('resumed', `a reset at ${place}, though history reached back to ${oldestRevision}`);
  }

  #reach(revision: number): void {
    this.place = Math.max(this.place ?? revision, revision);
  }
}
