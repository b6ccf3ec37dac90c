/**
 * Searches of parts of one history that advance in turns, each turn longer than the last, so that
 * a part that is easily refuted ends the whole, whatever stands beside it. They share one limit
 * of steps and one of memory. Where memory runs out, the one that holds the most gives up, and
 * the others go on.
 */
import type { Search, SearchLimits, SearchResult } from './search.ts';

/** How long the first turn of a search is, and how long one can get. */
const FIRST_TURN_STEPS = 500;
const MAX_TURN_STEPS = 64_000;

/** Of one part; `open`: another was refuted before its own search came to an end. */
export type TurnsResult<State> =
  | SearchResult<State>
  | { readonly type: 'undecided'; readonly limit: keyof SearchLimits }
  | { readonly type: 'open' };

/** What turns are made of: a search, without what it asks the model. */
export type Resumable<State> = Pick<Search<never, never, never>, 'steps' | 'bytes'> & {
  advance(maxSteps: number, maxBytes: number): SearchResult<State> | undefined;
};

/** The results in the order of the parts. Each `begin` is called once, when its turn comes. */
export function searchInTurns<State>(
  begin: readonly (() => Resumable<State>)[],
  limits: SearchLimits,
): readonly TurnsResult<State>[] {
  return new Turns(begin, limits).run();
}

class Turns<State> {
  readonly #begin: readonly (() => Resumable<State>)[];
  readonly #limits: SearchLimits;
  readonly #results: TurnsResult<State>[];
  /** The searches that are under way, by part. */
  readonly #searches = new Map<number, Resumable<State>>();
  #steps = 0;
  #bytes = 0;

  constructor(begin: readonly (() => Resumable<State>)[], limits: SearchLimits) {
    this.#begin = begin;
    this.#limits = limits;
    this.#results = begin.map(() => ({ type: 'open' }));
  }

  run(): readonly TurnsResult<State>[] {
    let open = [...this.#begin.keys()];
    for (let turn = FIRST_TURN_STEPS; open.length > 0; turn = Math.min(2 * turn, MAX_TURN_STEPS)) {
      for (const part of open) {
        if (this.#results[part]?.type !== 'open') continue;
        if (this.#advance(part, turn)?.type === 'none') return this.#results;
        if (this.#steps >= this.#limits.maxSteps) return this.#giveUpAll();
      }
      open = open.filter((part) => this.#results[part]?.type === 'open');
    }
    return this.#results;
  }

  #advance(part: number, turn: number): SearchResult<State> | undefined {
    const started = this.#searches.get(part);
    const search = started ?? this.#begin[part]?.();
    if (search === undefined) return undefined;
    const [stepsBefore, bytesBefore] = [search.steps, started === undefined ? 0 : search.bytes];
    const maxSteps = stepsBefore + Math.min(turn, this.#limits.maxSteps - this.#steps);
    const maxBytes = bytesBefore + this.#limits.maxMemoryBytes - this.#bytes;
    this.#searches.set(part, search);
    const result = search.advance(maxSteps, maxBytes);
    this.#steps += search.steps - stepsBefore;
    this.#bytes += search.bytes - bytesBefore;
    if (result !== undefined) this.#end(part, result);
    while (this.#bytes >= this.#limits.maxMemoryBytes) this.#giveUpLargest();
    return result;
  }

  #end(part: number, result: TurnsResult<State>): void {
    this.#results[part] = result;
    this.#bytes -= this.#searches.get(part)?.bytes ?? 0;
    this.#searches.delete(part);
  }

  #giveUpLargest(): void {
    const [largest] = [...this.#searches].toSorted(([, a], [, b]) => b.bytes - a.bytes);
    if (largest === undefined) throw new Error('no search holds any memory');
    this.#end(largest[0], { type: 'undecided', limit: 'maxMemoryBytes' });
  }

  #giveUpAll(): readonly TurnsResult<State>[] {
    return this.#results.map((result) =>
      result.type === 'open' ? { type: 'undecided', limit: 'maxSteps' } : result,
    );
  }
}
