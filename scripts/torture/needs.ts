/** What a cluster has to be made with, for several faults at once. */
import type { Needs } from './fault.ts';

/** Later settings outdo earlier ones; of numbers the larger one counts. */
export function mergeNeeds(all: readonly Needs[]): Needs {
  const diskBytes = most(all.map((needs) => needs.diskBytes));
  const spares = most(all.map((needs) => needs.spares));
  const main = all.findLast((needs) => needs.main !== undefined)?.main;
  return {
    shim: all.some((needs) => needs.shim === true),
    settings: all.reduce<object>((merged, { settings = {} }) => mergeObjects(merged, settings), {}),
    nodeArguments: [...new Set(all.flatMap(({ nodeArguments = [] }) => nodeArguments))],
    ...(diskBytes === undefined ? {} : { diskBytes }),
    ...(spares === undefined ? {} : { spares }),
    ...(main === undefined ? {} : { main }),
  };
}

function most(numbers: readonly (number | undefined)[]): number | undefined {
  const given = numbers.filter((number) => number !== undefined);
  return given.length === 0 ? undefined : Math.max(...given);
}

/** Sections of a configuration, one level deep: `limits`, `timing`. */
function mergeObjects(first: object, second: object): object {
  const merged = new Map<string, unknown>(Object.entries(first));
  for (const [name, value] of Object.entries(second)) {
    const known = merged.get(name);
    merged.set(name, isObject(known) && isObject(value) ? { ...known, ...value } : value);
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
