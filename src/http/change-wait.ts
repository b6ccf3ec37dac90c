/** A read that waits until its key changes, or its time is over, or the server closes. */
import type { Exchange } from './exchange.ts';
import { notDone } from './outcome.ts';
import type { Key } from '../kv/key.ts';

export interface ChangeWait {
  readonly key: Key;
  /** What happened at higher revisions is a change. */
  readonly after: number;
  readonly waitMs: number;
}

/** Nothing moves on the connection meanwhile; so long beyond the wait may it stay so. */
const MARGIN_MS = 10_000;

/** `done` is called once, unless the client is gone; without a wait where too many wait already. */
export function waitForChange(
  exchange: Exchange,
  { after, key, waitMs }: ChangeWait,
  done: (hasChanged: boolean) => void,
): void {
  const { context, request, response } = exchange;
  if (context.waits.size >= context.limits.waitingReads || context.isClosing) return done(false);
  const { socket } = request;
  const { timeout: idleMs = 0 } = socket;
  const watch = context.replica.watch({ watched: { type: 'key', key }, after, withBefore: false });
  const leave = (): void => {
    clearTimeout(timer);
    watch.close();
    context.waits.delete(wait);
    response.off('close', abandon);
    socket.setTimeout(idleMs);
  };
  const settle = (hasChanged: boolean): void => {
    leave();
    done(hasChanged);
  };
  const abandon = (): void => {
    leave();
    exchange.refuse(notDone('closing'));
  };
  const wait = { end: () => settle(false) };
  const timer = setTimeout(wait.end, waitMs);
  context.waits.add(wait);
  response.once('close', abandon);
  socket.setTimeout(waitMs + MARGIN_MS);
  // Where its history is gone, the key may have changed.
  watch.pull(() => settle(true));
}
