/**
 * How a suspect replica gets a new incarnation. It draws one, durably, before it asks anybody to be let
 * in again under it, so that it asks for the same one after a crash. Once it is shown a membership that
 * names it so, it notes that as well, in the same file,
 *
 *   next-incarnation.json   the incarnation, and that membership, or `null`
 *
 * and ends. The next start finds both, and makes a new directory of what is there: nothing is left of
 * the log and the state of the one before. Each step may be done again after a crash; the file goes
 * last, so that all of them are done before anything is promised in the new incarnation.
 *
 * The lock of the state is held all along, so that no other process works on the directory meanwhile.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Incarnation, Membership } from '../paxos/membership.ts';
import {
  type DirectoryIdentity,
  genesisText,
  identityText,
  nextIncarnationText,
} from './directory-files.ts';
import { syncDirectory, writeDurableFile } from './durable-file.ts';

export const NEXT_INCARNATION_FILE = 'next-incarnation.json';

/** Durable once it returns. */
export function writeNextIncarnation(
  root: string,
  incarnation: Incarnation,
  membership: Membership | null,
): void {
  writeDurableFile(
    join(root, NEXT_INCARNATION_FILE),
    nextIncarnationText({ incarnation, membership }),
  );
}

/** The databases are new ones already. Durable once it returns. */
export function beginIncarnation(
  root: string,
  identity: DirectoryIdentity,
  membership: Membership,
): void {
  rmSync(join(root, 'witness'), { force: true });
  writeDurableFile(join(root, 'identity.json'), identityText(identity));
  writeDurableFile(join(root, 'genesis.json'), genesisText(membership));
  rmSync(join(root, 'suspect.json'), { force: true });
  syncDirectory(root);
  rmSync(join(root, NEXT_INCARNATION_FILE));
  syncDirectory(root);
}
