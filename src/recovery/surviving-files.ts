/** The small files of a data directory, read as far as they can be: what is wrong is said, not thrown. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Membership } from '../paxos/membership.ts';
import {
  type DirectoryIdentity,
  type Fence,
  parseGenesis,
  parseIdentity,
  parseStateNumber,
  parseSuspicion,
} from '../storage/directory-files.ts';
import { readFileIfThere } from '../storage/durable-file.ts';
import { readFence } from '../storage/fence.ts';
import { OtherFormatError, StorageError } from '../storage/storage-error.ts';

export interface SurvivingFiles {
  readonly identity: DirectoryIdentity | undefined;
  readonly genesis: Membership | undefined;
  readonly suspicion: string | undefined;
  readonly fence: Fence | 'damaged' | undefined;
  /** The directories that may hold the state: one, unless the file that names it is damaged. */
  readonly states: readonly string[];
  /** At least one state came from a peer. */
  readonly wasInstalled: boolean;
  readonly problems: readonly string[];
}

const STATE_NAME = /^state(?:-[1-9]\d*)?$/;

/** Throws a `StorageError` where another version wrote them, or they may not be read. */
export function readSurvivingFiles(root: string): SurvivingFiles {
  const problems: string[] = [];
  const read = <T>(name: string, parse: (path: string, text: string) => T): T | undefined => {
    const path = join(root, name);
    const text = readFileIfThere(path);
    if (text === undefined) return undefined;
    try {
      return parse(path, text);
    } catch (error) {
      if (!(error instanceof StorageError) || error instanceof OtherFormatError) throw error;
      problems.push(`${name} is damaged`);
      return undefined;
    }
  };
  const identity = read('identity.json', parseIdentity);
  if (identity === undefined) problems.push('without identity.json, its state tells whose it is');
  const genesis = read('genesis.json', parseGenesis);
  const suspicion = read('suspect.json', parseSuspicion);
  const number = read('state.json', parseStateNumber);
  const isDamaged = problems.includes('state.json is damaged');
  const named = number === undefined ? 'state' : `state-${number}`;
  const states = isDamaged ? readdirSync(root).filter((name) => STATE_NAME.test(name)) : [named];
  const wasInstalled = isDamaged || number !== undefined;
  const fence = readFence(root);
  return { identity, genesis, suspicion, fence, states, wasInstalled, problems };
}
