/** All surviving directories together: of one cluster, each another replica, and what they show. */
import type { Epoch, Membership } from '../paxos/membership.ts';
import { type Ballot, ZERO_BALLOT } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import { StorageError } from '../storage/storage-error.ts';
import type { Evidence, Survivor } from './evidence.ts';
import type { SurvivingDirectory } from './surviving-directory.ts';
import { readSurvivingVotes } from './surviving-log.ts';
import type { WholeState } from './surviving-state.ts';

/** Slots above the best state: what a log keeps by default is a tenth of it. */
const MAX_VOTES = 1_000_000;

/** With what its log shows. */
export interface ReadSurvivor extends Survivor {
  readonly directory: SurvivingDirectory;
  /** Of its log, for the report. */
  readonly epoch: Epoch;
  readonly promised: Ballot;
  /** Of its directory, of its log, and what the others know of it. */
  readonly problems: readonly string[];
}

export interface SurvivorsRead {
  /** `undefined`: no state can be used, and all begins with the first slot of the logs. */
  readonly best: WholeState | undefined;
  readonly evidence: Evidence;
  readonly survivors: readonly ReadSurvivor[];
}

/** Throws a `StorageError` where these do not belong together. */
export function refuseStrangers(directories: readonly SurvivingDirectory[]): void {
  const [first, ...others] = directories;
  for (const { identity, root } of others) {
    if (identity.clusterId === first?.identity.clusterId) continue;
    const clusters = `cluster ${first?.identity.clusterId}, and ${root} of ${identity.clusterId}`;
    throw new StorageError(`${first?.root} is of ${clusters}: name directories of one alone`);
  }
  const seen = new Map<string, string>();
  for (const { identity, root } of directories) {
    const replica = `replica ${identity.replicaId}, incarnation ${identity.incarnation}`;
    const before = seen.get(replica);
    if (before !== undefined) {
      throw new StorageError(`${before} and ${root} are both of ${replica}: name one of the two`);
    }
    seen.set(replica, root);
  }
}

export async function readSurvivors(
  directories: readonly SurvivingDirectory[],
): Promise<SurvivorsRead> {
  const best = bestOf(directories);
  const appliedUpTo = best?.meta.appliedUpTo ?? 0;
  const survivors: ReadSurvivor[] = [];
  for (const directory of directories) {
    survivors.push(await readVotesOf(directory, appliedUpTo, directories));
  }
  const memberships = membershipsOf(directories);
  const founding = memberships.size === 0 ? 1 : Math.min(...memberships.keys());
  const isBegun = best !== undefined && appliedUpTo > 0;
  const epoch = isBegun ? (best.meta.membership?.epoch ?? 1) : founding;
  return { best, survivors, evidence: { appliedUpTo, epoch, memberships, survivors } };
}

/** Of two that are as far, the one whose directory has less that is wrong with it. */
function bestOf(directories: readonly SurvivingDirectory[]): WholeState | undefined {
  return directories
    .toSorted((a, b) => a.problems.length - b.problems.length)
    .flatMap(({ state }) => state ?? [])
    .toSorted((a, b) => b.meta.appliedUpTo - a.meta.appliedUpTo)[0];
}

/** Each was chosen, or founded the cluster: a state names none that was only proposed. */
function membershipsOf(directories: readonly SurvivingDirectory[]): ReadonlyMap<Epoch, Membership> {
  const found = directories.flatMap(({ genesis, told }) => [genesis, told?.membership]);
  return new Map(found.flatMap((one) => (one === undefined ? [] : [[one.epoch, one] as const])));
}

async function readVotesOf(
  directory: SurvivingDirectory,
  above: Slot,
  all: readonly SurvivingDirectory[],
): Promise<ReadSurvivor> {
  const { identity, isSuspect, log, told } = directory;
  const { replicaId: id, incarnation } = identity;
  const problems = [...directory.problems, ...shortfalls(directory, all)];
  const nothing = { id, incarnation, directory, votes: [], epoch: 0, promised: ZERO_BALLOT };
  const appliedUpTo = told?.appliedUpTo ?? 0;
  if (log === undefined) {
    const knows = { holdsChosenAbove: 0, holdsChosenUpTo: 0, knowsChosenUpTo: appliedUpTo };
    return { ...nothing, ...knows, mayHaveForgotten: true, problems };
  }
  const found = await readSurvivingVotes(log, { above, maxVotes: MAX_VOTES });
  if (found.problem !== undefined) problems.push(`of its log, ${found.problem}`);
  // A state is written after the log that it rests on.
  if (appliedUpTo > Math.max(found.highestSlot, told?.base ?? 0)) {
    problems.push(
      `its log ends at slot ${found.highestSlot}, and its state at slot ${appliedUpTo}`,
    );
  }
  const recovered = log.whole?.recovered;
  const { chosenUpTo, epoch, promised } = recovered ?? found;
  const isBehind = recovered !== undefined && recovered.sequence < recovered.witnessed;
  const isShort = problems.length > directory.problems.length;
  return {
    ...nothing,
    votes: found.votes,
    epoch,
    promised,
    mayHaveForgotten: isSuspect || recovered === undefined || isBehind || isShort,
    holdsChosenAbove: directory.installedUpTo,
    holdsChosenUpTo: isSuspect ? 0 : (recovered?.chosenUpTo ?? 0),
    knowsChosenUpTo: Math.max(chosenUpTo, recovered?.floor ?? 0, appliedUpTo),
    problems,
  };
}

/** Where another survivor's log knows of a later write than this log holds: votes are forgotten. */
function shortfalls(
  { identity, log }: SurvivingDirectory,
  all: readonly SurvivingDirectory[],
): readonly string[] {
  const sequence = log?.whole?.recovered.sequence;
  if (sequence === undefined) return [];
  return all.flatMap((other) => {
    const known = other.log?.whole?.log.knownOf(identity.replicaId, identity.incarnation) ?? 0;
    if (known <= sequence) return [];
    const told = `and replica ${other.identity.replicaId} knows of write ${known}`;
    return [`its log ends at write ${sequence}, ${told}: it may have forgotten votes`];
  });
}
