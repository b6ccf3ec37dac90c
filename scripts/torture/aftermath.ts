/** What must hold of the replicas themselves, whatever clients saw: while faults come, and when all is healed. */
import { statusOf, type ClusterStatus } from '../bench/replica-cluster.ts';
import { waitFor } from '../bench/wait.ts';
import type { TortureCluster } from './cluster.ts';
import type { Check, Counts } from './run-record.ts';

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
