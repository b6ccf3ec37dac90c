/**
 * The fence of a data directory: a recovery without a quorum made another cluster of what is here. A
 * replica that went on with it would serve, and vote for, a past that the other has left.
 */
import { join } from 'node:path';
import { type Fence, fenceText, parseFence } from './directory-files.ts';
import { readFileIfThere, writeDurableFile } from './durable-file.ts';
import { OtherFormatError, StorageError } from './storage-error.ts';

const FILE = 'fenced.json';

/** Durable once it returns. It takes the place of an earlier one. Throws where the disk fails. */
export function writeFence(root: string, fence: Fence): void {
  writeDurableFile(join(root, FILE), fenceText(fence));
}

/** `damaged`: it is there and cannot be read, which fences as well. */
export function readFence(root: string): Fence | 'damaged' | undefined {
  const path = join(root, FILE);
  const text = readFileIfThere(path);
  if (text === undefined) return undefined;
  try {
    return parseFence(path, text);
  } catch (error) {
    if (error instanceof OtherFormatError) throw error;
    if (error instanceof StorageError) return 'damaged';
    throw error;
  }
}

/** Throws a `StorageError` that says what to do where there is one. */
export function refuseFenced(root: string): void {
  const fence = readFence(root);
  if (fence === undefined) return;
  const told = fence === 'damaged' ? 'another cluster' : `cluster ${fence.clusterId}`;
  const at = fence === 'damaged' ? '' : ` at ${fence.at}`;
  throw new StorageError(
    `${root} is fenced: a recovery without a quorum made ${told} of it${at}, and what is here has ` +
      'no part in that. Put this directory aside, start the replica with an empty one, and add it ' +
      'to that cluster with POST /v1/cluster/members.',
  );
}
