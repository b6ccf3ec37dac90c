/** What is kept of requests that may come again, in a plain map: written anew from the API's description. */
import type { KeptAnswer } from '../../kv/answer.ts';
import type { Once, OnceLimits } from '../../kv/once.ts';
import { isSameBytes } from './proposals.ts';

interface Entry {
  readonly hash: Uint8Array;
  readonly untilMs: number;
  readonly answer: KeptAnswer;
}

export type OnceVerdict =
  | { readonly type: 'isNew' }
  | { readonly type: 'isFull' }
  | { readonly type: 'isOther' }
  | { readonly type: 'isKnown'; readonly answer: KeptAnswer };

export class OnceModel {
  readonly #limits: OnceLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: OnceLimits) {
    this.#limits = limits;
  }

  /** At this cluster time. */
  judge({ hash, key }: Once, timeMs: number): OnceVerdict {
    const entry = this.#entries.get(key);
    if (entry !== undefined && timeMs < entry.untilMs) {
      if (!isSameBytes(entry.hash, hash)) return { type: 'isOther' };
      return { type: 'isKnown', answer: entry.answer };
    }
    for (const [one, { untilMs }] of this.#entries) {
      if (timeMs >= untilMs) this.#entries.delete(one);
    }
    return { type: this.#entries.size < this.#limits.entries ? 'isNew' : 'isFull' };
  }

  keep({ hash, key }: Once, timeMs: number, answer: KeptAnswer): void {
    const untilMs = Math.ceil(timeMs + this.#limits.keepMs);
    this.#entries.set(key, { hash, untilMs, answer });
  }
}
