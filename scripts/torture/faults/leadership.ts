/** What is expected of leaders while links are bad: there is one where one can be, and it stays. */
import type { Link } from '../../../src/simulation/cuts.ts';
import type { FaultContext } from '../fault.ts';
import { type BallotReport, watchBallots } from './ballot-watch.ts';
import { expectAlone } from './wholeness.ts';

/** Many times what an election takes, so that a slow machine stays within it. */
const SETTLE_MS = 10_000;
const LEADERLESS_LIMIT_MS = 5_000;
/** Without any change of leader there would be one. One that flaps changes more than once a second. */
const OFFICES = 5;
const OFFICES_PER_S = 0.3;
/** Ballots that nobody came to lead in are allowed too. */
const ROUNDS = 20;
const ROUNDS_PER_S = 2;
const MS_PER_S = 1_000;

/** Whether anybody has a link, both ways, to enough others for a majority. */
export function canLead(ids: readonly number[], cuts: readonly Link[]): boolean {
  const isCut = new Set(cuts.map(([from, to]) => `${from}>${to}`));
  const reaches = (one: number, other: number): boolean =>
    !isCut.has(`${one}>${other}`) && !isCut.has(`${other}>${one}`);
  const least = Math.floor(ids.length / 2) + 1;
  return ids.some(
    (one) => ids.filter((other) => other === one || reaches(one, other)).length >= least,
  );
}

/** Lasts as `context.lasts`, and looks at ballots meanwhile. */
export async function lastsUnderWatch(context: FaultContext, ms: number): Promise<BallotReport> {
  let isOver = false;
  const watched = watchBallots(context.cluster, () => isOver);
  await context.lasts(ms);
  isOver = true;
  return watched;
}

export function expectLeadership(
  context: FaultContext,
  where: string,
  report: BallotReport,
  isPossible: boolean,
): void {
  if (isPossible) {
    expectAlone(context, `somebody leads: ${where}`, noLeader(report));
  }
  expectAlone(context, `the leader stays: ${where}`, flapping(report));
  expectAlone(context, `ballots do not run away: ${where}`, runaway(report));
}

export function noLeader({ lastedMs, leaderlessMs }: BallotReport): string | undefined {
  if (lastedMs < SETTLE_MS) return undefined;
  if (leaderlessMs !== undefined && leaderlessMs <= LEADERLESS_LIMIT_MS) return undefined;
  const since = Math.round(leaderlessMs ?? lastedMs);
  return `nobody had led for ${since} ms, after ${Math.round(lastedMs)} ms`;
}

export function flapping({ lastedMs, offices }: BallotReport): string | undefined {
  const most = OFFICES + (OFFICES_PER_S * lastedMs) / MS_PER_S;
  return offices <= most ? undefined : `${offices} leaders in ${Math.round(lastedMs)} ms`;
}

export function runaway({ lastedMs, rounds }: BallotReport): string | undefined {
  const most = ROUNDS + (ROUNDS_PER_S * lastedMs) / MS_PER_S;
  return rounds <= most ? undefined : `${rounds} rounds in ${Math.round(lastedMs)} ms`;
}
