/** What stands under a key of the system: an item as any other, but that nobody reads its type. */
import type { Item } from './item.ts';

/** `revision`: the one that the write makes. */
export function systemItem(before: Item | undefined, value: Uint8Array, revision: number): Item {
  const createRevision = before?.createRevision ?? revision;
  return { value, contentType: '', createRevision, revision, version: (before?.version ?? 0) + 1 };
}
