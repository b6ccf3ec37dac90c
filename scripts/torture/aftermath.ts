/** What must hold of the replicas themselves, whatever clients saw: while faults come, and when all is healed. */
import { statusOf, type ClusterStatus } from '../bench/replica-cluster.ts';
import { waitFor } from '../bench/wait.ts';
import type { TortureCluster } from './cluster.ts';
import type { Fault } from './fault.ts';
import type { TortureReplica } from './replica.ts';
import type { Check, Counts, Finding } from './run-record.ts';

/** For replicas that were down, or away for long, or lost their disk, to have everything again. */
export const CATCH_UP_MS = 60_000;
/** A replica waits for its leader at most twice `timing.leaderTimeoutMs`, which is 300. */
const ELECTION_MS = 600;
/** After so many the service must be back, counted from when a quorum has started and can be reached. */
const ELECTIONS = 2;
/** A link that was cut is opened anew after at most so long (docs/peers.md). */
const RECONNECT_MS = 1_000;
export const SERVICE_BACK_MS = ELECTIONS * ELECTION_MS + RECONNECT_MS;

const POLL_MS = 50;
const LEAST_PER_MINUTE = 100;
const FATAL_LEVEL = 60;
const MAX_LINE_CHARS = 400;
/** Faults that end a replica, or make it end itself as it should: disks that fail, memory that is short. */
const MAY_END: ReadonlySet<string> = new Set(
  'N4 N14 N15 N16 N17 N18 N19 N20 N21 N22 N31'.split(' '),
);
/** An error of these is a bug of ours, whatever was done to the replica. */
const BUGS = /AssertionFailed|TypeError|ReferenceError|RangeError|SyntaxError/;

export interface Equality {
  /** From now on; `undefined`: not within the limit. */
  readonly afterMs: number | undefined;
  readonly check: Check;
}

/** Waits until all members have applied the same and say the same hash of it. */
export async function waitForEqualHashes(cluster: TortureCluster): Promise<Equality> {
  const started = performance.now();
  try {
    const { slot, hash } = await waitFor(() => equalState(cluster), {
      what: 'equal states',
      limitMs: CATCH_UP_MS,
      everyMs: POLL_MS,
    });
    const text = `${cluster.members().length} replicas, slot ${slot}, hash ${hash}`;
    const afterMs = Math.round(performance.now() - started);
    return { afterMs, check: { name: 'hashes equal', result: 'passed', text, findings: [] } };
  } catch {
    const findings = [...(await cluster.statuses())].map(([id, status]) => ({
      text: `replica ${id} says: ${JSON.stringify(progressOf(status))}`,
    }));
    const text = `not within ${CATCH_UP_MS / 1000} s after all was healed`;
    return {
      afterMs: undefined,
      check: { name: 'hashes equal', result: 'failed', text, findings },
    };
  }
}

async function equalState(
  cluster: TortureCluster,
): Promise<{ readonly slot: number; readonly hash: string } | undefined> {
  const members = cluster.members();
  const answers = await Promise.all(members.map(statusOf));
  const own = answers.map((status) =>
    status?.members.find(({ id }) => id === status.replica && status.role !== 'starting'),
  );
  const [first] = own;
  const hash = first?.stateHash ?? undefined;
  if (first === undefined || hash === undefined) return undefined;
  const isSame = own.every(
    (one) => one?.appliedUpTo === first.appliedUpTo && one.stateHash === first.stateHash,
  );
  return isSame ? { slot: first.appliedUpTo, hash } : undefined;
}

function progressOf({ role, leader, chosenUpTo, appliedUpTo, members }: ClusterStatus) {
  const hashes = members.map(({ id, stateHash }) => `${id}: ${stateHash}`);
  return { role, leader, chosenUpTo, appliedUpTo, hashes };
}

/** A replica never ends by itself but for a fault that makes it, and never for a bug. */
export function checkLives(cluster: TortureCluster, faults: readonly Fault[]): Check {
  const mayEnd = faults.some(({ id }) => MAY_END.has(id));
  const lives = cluster.replicas.flatMap(({ ends }) => ends);
  const findings = cluster.replicas.flatMap((replica) => [
    ...(mayEnd ? [] : endsOf(replica)),
    ...bugsOf(replica),
  ]);
  const byThemselves = lives.filter(({ meant }) => !meant).length;
  const text = `${lives.length} lives ended, ${byThemselves} by themselves`;
  return {
    name: 'no replica ends for a bug',
    result: findings.length === 0 ? 'passed' : 'failed',
    text,
    findings,
  };
}

function endsOf(replica: TortureReplica): readonly Finding[] {
  return replica.ends
    .filter(({ meant }) => !meant)
    .map(({ how, ranMs }) => ({
      text: `replica ${replica.id} ended by itself (${how}), ${Math.round(ranMs)} ms after its start`,
    }));
}

function bugsOf(replica: TortureReplica): readonly Finding[] {
  const crashed = replica.ends.filter(({ how }) => how === 'SIGSEGV' || how === 'SIGABRT');
  const said = replica
    .wholeLog()
    .split('\n')
    .filter((line) => line.includes(`"level":${FATAL_LEVEL}`) && BUGS.test(line));
  return [
    ...crashed.map(({ how }) => ({ text: `replica ${replica.id} ended with ${how}` })),
    ...said.map((line) => ({
      text: `replica ${replica.id} says: ${line.slice(0, MAX_LINE_CHARS)}`,
    })),
  ];
}

/** `backMs`: from the healing until a write was answered. */
export function checkService(backMs: number | undefined, readyMs: number): Check {
  const limitMs = readyMs + SERVICE_BACK_MS;
  const name = 'service is back';
  if (backMs === undefined) {
    const text = 'no write was answered after all was healed';
    return { name, result: 'failed', text, findings: [{ text }] };
  }
  const text =
    `a write was answered ${backMs} ms after all was healed; ` +
    `at most ${limitMs} ms, of which ${readyMs} for replicas to start and catch up`;
  const isLate = backMs > limitMs;
  return { name, result: isLate ? 'failed' : 'passed', text, findings: isLate ? [{ text }] : [] };
}

/** In a run in which hardly anything was answered, nothing can be wrong. */
export function checkAnswers({ ok }: Counts, minutes: number): Check {
  const least = Math.ceil(LEAST_PER_MINUTE * minutes);
  const text = `${ok} calls were answered; at least ${least} must be`;
  const isEnough = ok >= least;
  const result = isEnough ? 'passed' : 'failed';
  return { name: 'enough was answered', result, text, findings: isEnough ? [] : [{ text }] };
}
