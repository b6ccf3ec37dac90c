/** What the results of a transaction's actions tell of each key: what it was before, and whether it was written to. */
import type { ActionResult } from '../../kv/answer.ts';
import type { Action } from '../../kv/transaction.ts';
import { contentName } from './content.ts';
import { writtenBy } from './transactions.ts';

export interface Touched {
  /** The name of its content, `null`: it was absent; `undefined`: that was not told. */
  before: string | null | undefined;
  isWritten: boolean;
}

export class TouchedKeys {
  readonly #keys: readonly string[];
  readonly #touched = new Map<string, Touched>();

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  get all(): readonly (readonly [string, Touched])[] {
    return [...this.#touched];
  }

  see(action: Action, result: ActionResult): void {
    const wasAbsent = 'created' in result ? result.created : isNothingDeleted(result);
    for (const key of writtenBy(action, this.#keys)) {
      if (wasAbsent) this.#tell(key, null);
      if (result.type !== 'deleted' || result.deleted > 0) this.#of(key).isWritten = true;
    }
    if (result.type === 'got') {
      this.#tell(result.key, result.item === null ? null : contentName(result.item));
    }
    if (result.type !== 'listed') return;
    for (const { item, key } of result.items)
      if (item !== undefined) this.#tell(key, contentName(item));
  }

  /** What is read of a key that was written to before is nothing new. */
  #tell(key: string, content: string | null): void {
    const touched = this.#of(key);
    if (!touched.isWritten && touched.before === undefined) touched.before = content;
  }

  #of(key: string): Touched {
    const touched = this.#touched.get(key) ?? { before: undefined, isWritten: false };
    this.#touched.set(key, touched);
    return touched;
  }
}

function isNothingDeleted(result: ActionResult): boolean {
  return result.type === 'deleted' && result.deleted === 0;
}
