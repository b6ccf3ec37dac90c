/** A history in parts that have no key in common, so that each can be checked alone. */
import type { Attempt } from './attempt.ts';

export interface HistoryPart {
  readonly keys: readonly string[];
  readonly attempts: readonly Attempt[];
}

/** What touches no key at all is in no part. */
export function partsOf(
  attempts: readonly Attempt[],
  keysOf: (attempt: Attempt) => readonly string[],
): readonly HistoryPart[] {
  const keysOfEach = attempts.map(keysOf);
  const names = new KeyNames();
  for (const keys of keysOfEach) for (const key of keys) names.join(keys[0] ?? key, key);
  const parts = new Map<string, { keys: string[]; attempts: Attempt[] }>();
  for (const key of names.keys()) {
    const name = names.nameOf(key);
    const part = parts.get(name);
    if (part === undefined) parts.set(name, { keys: [key], attempts: [] });
    else part.keys.push(key);
  }
  for (const [index, attempt] of attempts.entries()) {
    const key = keysOfEach[index]?.[0];
    if (key !== undefined) parts.get(names.nameOf(key))?.attempts.push(attempt);
  }
  return [...parts.values()];
}

/** Keys that hang together have one name: that of one of them. */
class KeyNames {
  readonly #upper = new Map<string, string>();

  keys(): Iterable<string> {
    return this.#upper.keys();
  }

  nameOf(key: string): string {
    let name = key;
    for (;;) {
      const upper = this.#upper.get(name) ?? name;
      if (upper === name) return name;
      const above = this.#upper.get(upper) ?? upper;
      this.#upper.set(name, above);
      name = above;
    }
  }

  join(a: string, b: string): void {
    for (const key of [a, b]) if (!this.#upper.has(key)) this.#upper.set(key, key);
    this.#upper.set(this.nameOf(b), this.nameOf(a));
  }
}
