/** A scrub of a replica's state that tells its life what it finds, and no bug of which passes unnoticed. */
import type { StateStore } from '../storage/state-store.ts';
import { guard } from './guard.ts';
import type { HostOptions } from './host-options.ts';
import { Scrub, type ScrubOptions } from './scrub.ts';

export type ReadThroughHandlers = Pick<
  ScrubOptions,
  'onServable' | 'onDamaged' | 'onFatal' | 'watchDisk'
>;

export function readThrough(
  options: HostOptions,
  store: StateStore,
  handlers: ReadThroughHandlers,
  limits = options.limits.scrub,
): Scrub {
  return new Scrub({
    store,
    limits,
    clock: options.clock,
    scheduler: options.scheduler,
    tickMs: options.limits.tickMs,
    watchDisk: handlers.watchDisk,
    onWhole: () => guard(options, () => options.onStateRead?.()),
    onServable: () => guard(options, () => handlers.onServable()),
    onDamaged: (error) => guard(options, () => handlers.onDamaged(error)),
    onFatal: handlers.onFatal,
  });
}
