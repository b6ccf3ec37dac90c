/** A request that waits for something, or until its time is over, or the server closes, or the client is gone. */
import type { Exchange } from './exchange.ts';
import { notDone } from './outcome.ts';

export interface Wait<Found> {
  readonly waitMs: number;
  /** Returns what ends it. It calls `found` once at the most, perhaps at once. */
  begin(found: (what: Found) => void): () => void;
  /** `undefined`: it was not found in time, or too many wait already. */
  done(what: Found | undefined): void;
  /** The client is gone, and gets no answer any more. */
  abandoned?(): void;
}

/** Nothing moves on the connection meanwhile; so long beyond the wait may it stay so. */
const MARGIN_MS = 10_000;

/** `done` is called once, unless the client is gone. */
export function waitFor<Found>(exchange: Exchange, wait: Wait<Found>): void {
  const { context, request, response } = exchange;
  if (context.waits.size >= context.limits.waitingReads || context.isClosing) {
    return wait.done(undefined);
  }
  const { socket } = request;
  if (response.destroyed || socket.readableEnded) {
    // It went before anything could be waited for.
    wait.abandoned?.();
    return exchange.refuse(notDone('closing'));
  }
  const { timeout: idleMs = 0 } = socket;
  let stop: (() => void) | undefined;
  let isOver = false;
  const leave = (): void => {
    isOver = true;
    clearTimeout(timer);
    stop?.();
    context.waits.delete(ending);
    response.off('close', abandon);
    socket.off('end', abandon);
    socket.setTimeout(idleMs);
  };
  const settle = (what: Found | undefined): void => {
    if (isOver) return;
    leave();
    wait.done(what);
  };
  const abandon = (): void => {
    leave();
    wait.abandoned?.();
    exchange.refuse(notDone('closing'));
  };
  const ending = { end: () => settle(undefined) };
  const timer = setTimeout(ending.end, wait.waitMs);
  context.waits.add(ending);
  response.once('close', abandon);
  // Whoever closes a connection on which it waits is gone: an answer to it would come too late.
  socket.once('end', abandon);
  socket.setTimeout(wait.waitMs + MARGIN_MS);
  stop = wait.begin(settle);
  if (isOver) stop();
}
