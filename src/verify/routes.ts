/**
 * Which unknown calls are worth trying. Right after an unknown call, only that need be taken which
 * leads elsewhere than without it (search.ts). Where calls have routes, that is one that was not
 * possible without it: a known call that may come next, or another unknown one that is worth
 * trying for the same reason.
 */
import type { Behaviour, Call, Defined, Route } from './model.ts';
import type { Place } from './walk.ts';

interface Endings {
  readonly endOf: (number: number) => number;
}

export class Routes {
  readonly #ofKnown: readonly (Route | undefined)[];
  readonly #ofGroups: readonly (Route | undefined)[];
  readonly #allGroups: readonly number[];
  /** Without those that have no route. */
  readonly #groupsTo = new Map<string, number[]>();
  readonly #groupsWithout: readonly number[];

  /** `groups`: a call of each group of unknown ones. */
  constructor(known: readonly (Route | undefined)[], groups: readonly (Route | undefined)[]) {
    this.#ofKnown = known;
    this.#ofGroups = groups;
    this.#allGroups = groups.map((_, group) => group);
    this.#groupsWithout = this.#allGroups.filter((group) => groups[group] === undefined);
    for (const [group, route] of groups.entries()) {
      if (route?.to === undefined) continue;
      const others = this.#groupsTo.get(route.to);
      if (others === undefined) this.#groupsTo.set(route.to, [group]);
      else others.push(group);
    }
  }

  /**
   * Known calls that may come next, the most urgent first: those that need the state that is
   * there, then each by its own ending, or by that of another that waits for it, if it is sooner.
   */
  byUrgency(
    stateName: string,
    { candidates, refuted, endOf }: Pick<Place, 'candidates' | 'refuted'> & Endings,
  ): readonly number[] {
    const waits = new Map<string, number>();
    for (const number of [...candidates, ...refuted]) {
      const from = this.#ofKnown[number]?.from;
      if (from === undefined || from === stateName) continue;
      waits.set(from, Math.min(waits.get(from) ?? Infinity, endOf(number)));
    }
    const urgencyOf = (number: number) => {
      const route = this.#ofKnown[number];
      if (route?.from === stateName) return 0;
      return Math.min(endOf(number), waits.get(route?.to ?? '') ?? Infinity);
    };
    const urgencies = new Map(candidates.map((number) => [number, urgencyOf(number)]));
    return candidates.toSorted((a, b) => (urgencies.get(a) ?? 0) - (urgencies.get(b) ?? 0));
  }

  /** Of unknown calls, in a state, where any of these known ones may come next. */
  worthTrying(
    stateName: string,
    next: Iterable<number>,
    isAvailable: (group: number) => boolean,
  ): readonly number[] {
    if (this.#groupsTo.size === 0) return this.#allGroups;
    const wanted = new Set<string>();
    for (const number of next) {
      const route = this.#ofKnown[number];
      if (route === undefined) return this.#allGroups;
      if (route.from !== undefined && route.from !== stateName) wanted.add(route.from);
    }
    const worth = [...this.#groupsWithout];
    // What is added to a set while it is gone through is gone through too.
    for (const name of wanted) {
      for (const group of this.#groupsTo.get(name) ?? []) {
        if (!isAvailable(group)) continue;
        const from = this.#ofGroups[group]?.from;
        if (from === undefined || from === stateName) worth.push(group);
        else wanted.add(from);
      }
    }
    return worth;
  }
}

export function routesOf<State extends Defined, Input, Output>(
  behaviour: Behaviour<State, Input, Output>,
  known: readonly Call<Input, Output>[],
  groups: readonly (readonly Call<Input, Output>[])[],
): Routes {
  const routeOf = (call: Call<Input, Output> | undefined) =>
    call === undefined ? undefined : behaviour.routeOf?.(call.input, call.output);
  return new Routes(
    known.map(routeOf),
    groups.map(([first]) => routeOf(first)),
  );
}
