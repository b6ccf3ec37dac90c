/** What is read where no replica works as yet. */
import type { StoreReader } from './api.ts';

export const EMPTY_STORE: StoreReader = {
  revision: 0,
  oldestRevision: 0,
  item: () => undefined,
  page({ revision }, done) {
    // A list that was begun before a snapshot was installed is not at its end.
    if (revision > 0) done(undefined, { type: 'ahead', revision: 0 });
    else done(undefined, { type: 'page', entries: [], next: undefined });
  },
  changes({ after }, done) {
    done(undefined, { type: 'changes', changes: [], upTo: after });
  },
  keyHistory(_query, done) {
    done(undefined, { entries: [], more: false });
  },
};
