/** What a reader of the state reads from: the state at the moment of the call. */
import type { Database } from './database.ts';
import type { StateLayer } from './state-layer.ts';

export interface StateSource {
  readonly database: Database;
  readonly oldestRevision: number;
  readonly revision: number;
  /** Of what the database holds. */
  readonly flushed: number;
  /** The older first. They may grow, but by revisions above all that can be asked for now. */
  readonly layers: readonly StateLayer[];
}
