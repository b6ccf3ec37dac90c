/**
 * The log of a surviving directory. It is whole where its chain can be walked from its end to its trim
 * floor; a whole log may still have lost its end, which its witness and the peers' logs tell.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Slot } from '../paxos/command.ts';
import type { AcceptorLog, RecoveredLog } from '../storage/acceptor-log.ts';
import type { LevelDatabase } from '../storage/level-database.ts';
import type { LogIdentity } from '../storage/log-codec.ts';
import { type LogEvidence, readLogEvidence } from '../storage/log-evidence.ts';
import { openAcceptorLog } from '../storage/log-recovery.ts';
import type { Witness } from '../storage/witness.ts';
import { openWitnessFile } from '../storage/witness-file.ts';

export interface SurvivingLog {
  readonly database: LevelDatabase;
  readonly identity: LogIdentity;
  /** `undefined`: it is not whole. */
  readonly whole: { readonly log: AcceptorLog; readonly recovered: RecoveredLog } | undefined;
}

/** Every slot counts as not wanted here: the votes are read by themselves. */
const NO_PROPOSALS: Slot = Number.MAX_SAFE_INTEGER;
const WHOLE_CHAIN_BYTES = Number.MAX_SAFE_INTEGER;

export function openSurvivingLog(
  database: LevelDatabase,
  identity: LogIdentity,
  witness: Witness,
  problems: string[],
): Promise<SurvivingLog> {
  const options = { witness, chainBytes: WHOLE_CHAIN_BYTES };
  return new Promise((resolve) => {
    openAcceptorLog(
      database,
      identity,
      NO_PROPOSALS,
      (error, log, recovered) => {
        const damaged = recovered?.damagedUpTo ?? 0;
        if (error !== undefined) problems.push(`its log is not whole: ${error.message}`);
        if (damaged > 0) problems.push(`its log is not whole: slot ${damaged} is damaged`);
        const isWhole = log !== undefined && recovered?.damagedUpTo === 0;
        resolve({ database, identity, whole: isWhole ? { log, recovered } : undefined });
      },
      options,
    );
  });
}

/** How far the witness of the directory was; the file itself is left alone. */
export async function readWitness(
  root: string,
  scratch: string,
  incarnation: string,
): Promise<Witness> {
  const copy = join(scratch, 'witness');
  if (!existsSync(join(root, 'witness'))) return { found: undefined, note: () => undefined };
  copyFileSync(join(root, 'witness'), copy);
  const file = openWitnessFile(copy, { incarnation, onFailed: () => undefined });
  const { found } = file;
  await file.close();
  return { found, note: () => undefined };
}

/** What is left below the floor of a whole log is going away: it counts for nothing. */
export async function readSurvivingVotes(
  { database, identity, whole }: SurvivingLog,
  wish: { readonly above: Slot; readonly maxVotes: number },
): Promise<LogEvidence> {
  const above = Math.max(wish.above, whole?.recovered.floor ?? 0);
  return new Promise((resolve, reject) => {
    readLogEvidence(database, identity, { ...wish, above }, (error, evidence) => {
      if (evidence === undefined) reject(error ?? new Error('no evidence'));
      else resolve(evidence);
    });
  });
}
