/** A read that waits until its key changes. */
import type { Exchange } from './exchange.ts';
import { waitFor } from './wait.ts';
import type { Key } from '../kv/key.ts';

export interface ChangeWait {
  readonly key: Key;
  /** What happened at higher revisions is a change. */
  readonly after: number;
  readonly waitMs: number;
}

/** `done` is called once, unless the client is gone; without a wait where too many wait already. */
export function waitForChange(
  exchange: Exchange,
  { after, key, waitMs }: ChangeWait,
  done: (hasChanged: boolean) => void,
): void {
  const { replica } = exchange.context;
  waitFor<true>(exchange, {
    waitMs,
    begin: (found) => {
      const watched = { type: 'key', key } as const;
      const watch = replica.watch({ watched, after, withBefore: false });
      // Where its history is gone, the key may have changed.
      watch.pull(() => found(true));
      return () => watch.close();
    },
    done: (changed) => done(changed === true),
  });
}
