/**
 * What one key was, the newest first: items, and where it was deleted. The layers know the newest; what
 * they superseded first was the current item of the database, below which stand those before it.
 */
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import type { Entry } from './database.ts';
import { bytesAfter } from './range-scan.ts';
import type { StateLayer } from './state-layer.ts';
import type { StateSource } from './state-source.ts';
import { checkItem, CURRENT, currentKey, decodeValue, placeOf, scanKey } from './state-records.ts';
import { caught, StorageError } from './storage-error.ts';

export interface KeyHistoryQuery {
  readonly key: Key;
  /** Older entries are wanted than the one of this revision, which was told; infinite: from the newest. */
  readonly below: number;
  readonly limit: number;
  /** Of values; the first entry is taken whatever its size. */
  readonly maxBytes: number;
}

/** An item that the key was; or, without one, that it was deleted at the revision. */
export interface KeyHistoryEntry {
  readonly revision: number;
  readonly item: Item | undefined;
}

/** `more`: there are older ones, which had no room. */
export interface KeyHistoryPage {
  readonly entries: readonly KeyHistoryEntry[];
  readonly more: boolean;
}

export type KeyHistoryDone = (error: Error | undefined, page: KeyHistoryPage) => void;

const NOTHING: KeyHistoryPage = { entries: [], more: false };

/** An item of the key, and the revision that superseded it, or `CURRENT`. */
interface Version {
  readonly item: Item;
  readonly supersededAt: number;
}

export function readKeyHistory(
  source: () => StateSource,
  query: KeyHistoryQuery,
  done: KeyHistoryDone,
): void {
  const { below, key, limit, maxBytes } = query;
  const { database, layers } = source();
  const newest = layeredVersions(layers, key);
  // One that was superseded above the bound is younger than it, or was told of before.
  const lt = Number.isFinite(below) ? scanKey(key, below + 1) : bytesAfter(currentKey(key));
  const range = { gte: scanKey(key, 0), lt, limit: limit + 2, maxBytes, reverse: true };
  database.scan(range, (error, entries, more) => {
    if (error !== undefined) return done(error, NOTHING);
    const stored = caught(() => entries.map((entry) => versionOf(entry, key)));
    if (stored instanceof StorageError) return done(stored, NOTHING);
    // What is current there is what the layers superseded first; and they may be flushed by now.
    const first = newest.at(-1)?.item.revision ?? Number.POSITIVE_INFINITY;
    const older = stored.filter(({ item }) => item.revision < first);
    const page = pageOf([...newest, ...older], source().oldestRevision, query);
    done(undefined, more ? { ...page, more: true } : page);
  });
}

/** The youngest first. */
function layeredVersions(layers: readonly StateLayer[], key: Key): readonly Version[] {
  const versions: Version[] = [];
  for (const layer of layers.toReversed()) {
    const current = layer.get(key);
    if (current?.value !== undefined && versions.length === 0) {
      versions.push({ item: decodeValue(current.value), supersededAt: CURRENT });
    }
    for (const { revision, value } of layer.supersededOf(key)) {
      versions.push({ item: decodeValue(value), supersededAt: revision });
    }
  }
  return versions;
}

/** Throws a `DamagedStateError`. */
function versionOf([recordKey, value]: Entry, key: Key): Version {
  checkItem(currentKey(key), key, value);
  return { item: decodeValue(value), supersededAt: placeOf(recordKey).supersededAt };
}

function pageOf(
  versions: readonly Version[],
  oldestRevision: number,
  { below, limit, maxBytes }: KeyHistoryQuery,
): KeyHistoryPage {
  const entries: KeyHistoryEntry[] = [];
  let bytes = 0;
  for (const entry of entriesOf(versions, oldestRevision)) {
    if (entry.revision >= below) continue;
    bytes += entry.item?.value.length ?? 0;
    const hasRoom = entries.length < limit && (bytes <= maxBytes || entries.length === 0);
    if (!hasRoom) return { entries, more: true };
    entries.push(entry);
  }
  return { entries, more: false };
}

/** Where the younger one did not replace the older one, the key was deleted in between. */
function* entriesOf(
  versions: readonly Version[],
  oldestRevision: number,
): Generator<KeyHistoryEntry> {
  let younger: Item | undefined;
  for (const { item, supersededAt } of versions) {
    if (supersededAt <= oldestRevision) return;
    if (supersededAt !== CURRENT && supersededAt !== younger?.revision) {
      yield { revision: supersededAt, item: undefined };
    }
    yield { revision: item.revision, item };
    younger = item;
  }
}
