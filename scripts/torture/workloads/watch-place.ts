/** What a history says of one stream of a watch, and where another one goes on. */
import type { WatchEvent } from './watch-stream.ts';

export type Watched = { readonly prefix: string } | { readonly key: string };

export type WatchCall = Watched & {
  /** null: what happens from now on. */
  readonly since: number | null;
  readonly prev?: true;
  readonly lines?: true;
};

export interface WatchResult {
  readonly events: readonly WatchEvent[];
  readonly ended: 'cut' | 'end' | 'reset';
  /** The revision at which the stream began, where the call did not say. */
  readonly from?: number;
}

/** The revision behind which nothing is known yet; null: the stream told of none. */
export function placeAfter(call: WatchCall, result: WatchResult): number | null {
  let place = call.since ?? result.from ?? null;
  for (const event of result.events) {
    if (event.event === 'reset') place = event.oldestRevision;
    else if (event.event === 'bookmark') place = event.revision;
    // More of the last revision may have been on the way: a line does not say that it was the last.
    else if (call.lines === true) place = Math.max(place ?? 0, event.revision - 1);
    else place = event.id ?? place;
  }
  return place;
}

export function isWatched(watched: Watched, key: string): boolean {
  return 'key' in watched ? watched.key === key : key.startsWith(watched.prefix);
}
