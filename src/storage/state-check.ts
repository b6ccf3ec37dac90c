/**
 * Whether a state is whole: each record is what was written, and none is missing by the sum that was
 * written with them. Such a state is that of its slot, wherever its database comes from.
 */
import { ContentSum } from './content-sum.ts';
import type { Database, Entry } from './database.ts';
import { scanRange } from './range-scan.ts';
import { EMPTY_META, readMeta, type StateIdentity, type StateMeta } from './state-meta.ts';
import {
  checkStateRecord,
  END_OF_STATE,
  FIRST_OF_STATE,
  isCurrentItem,
  META_KEY,
} from './state-records.ts';
import { DamagedStateError } from './storage-error.ts';

/** Reads all of it. An empty database is a whole state, at slot 0. */
export function checkState(
  database: Database,
  identity: StateIdentity,
  done: (error: Error | undefined, meta?: StateMeta) => void,
): void {
  const sum = new ContentSum();
  let meta: StateMeta | undefined;
  let records = 0;
  const take = ([key, value]: Entry): boolean => {
    records += 1;
    if (META_KEY.equals(key)) meta = readMeta(identity, value);
    else checkStateRecord([key, value]);
    if (isCurrentItem(key)) sum.add(key, value);
    return true;
  };
  scanRange(database, { gte: FIRST_OF_STATE, lt: END_OF_STATE }, take, (error) => {
    if (error !== undefined) return done(error);
    if (records === 0) return done(undefined, EMPTY_META);
    if (meta?.contentSum === sum.hex) return done(undefined, meta);
    const missing = 'records of it are missing, or older than they were';
    done(new DamagedStateError('the state', missing));
  });
}
