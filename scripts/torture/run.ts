/**
 * One run: a cluster, clients and faults together for a while, then everything healed, then checks.
 *
 *     cluster starts -> prepare -> |clients ..............................................| -> finish -> checks
 *                                  |faults for the given time| heal | until service is back|
 */
import { checkAnswers, checkService, CATCH_UP_MS, waitForEqualHashes } from './aftermath.ts';
import { checkLives } from './ends.ts';
import { CLOCK_RATE_ERROR, CLOCKS } from './faults/clocks.ts';
import type { Fault, FaultContext } from './fault.ts';
import type { Random } from '../../src/simulation/random.ts';
import { sum } from './progress.ts';
import type { Check, Counts, RunRecord, Verdict } from './run-record.ts';
import { strike } from './schedule.ts';
import { untilServed } from './service-probe.ts';
import { pauseUnless } from './pause.ts';
import { Stage, type RunPlan, type StageOptions } from './stage.ts';

export interface RunResult extends Pick<RunRecord, 'histories' | 'faults' | 'samples'> {
  readonly checks: readonly Check[];
  readonly recovery: Verdict['recovery'];
  readonly operations: Counts;
  readonly messages: Readonly<Record<string, number>>;
}

interface Healing {
  /** Until a write was answered; `undefined`: none was. */
  readonly serviceMs: number | undefined;
  /** Until a majority was ready, and until all were. */
  readonly quorumReadyMs: number;
  readonly readyMs: number;
}

const START_MS = 30_000;
const MS_PER_MINUTE = 60_000;
const US_PER_MS = 1_000;
/** Clients go on for so long after the healing: else nobody could see that the service is back. */
const AFTER_HEALING_MS = 5_000;
/** From which on each workload of a mix must have enough in its history. */
const MIX_MINUTES = 5;

/** Whatever becomes of it, nothing of it runs when this has ended. */
export async function carryOut(options: StageOptions): Promise<RunResult> {
  const stage = await Stage.set(options);
  try {
    return await underLoad(stage);
  } finally {
    await stage.close();
  }
}

async function start({ cluster, plan, workloads }: Stage): Promise<void> {
  const founders = cluster.replicas.slice(0, plan.replicas);
  for (const replica of founders) replica.start();
  await Promise.all(founders.map((replica) => replica.becomeReady(START_MS)));
  await cluster.someLeader(START_MS);
  for (const workload of workloads) await workload.prepare();
}

async function underLoad(stage: Stage): Promise<RunResult> {
  const { workloads, progress, journal } = stage;
  const sampler = stage.sample();
  const stopTelling = progress.follow(() => ({
    counts: workloads.map(({ counts }) => counts),
    faults: journal.now,
    leader: sampler.leader,
  }));
  const after = await workAndCheck(stage).catch(broken);
  stopTelling();
  await sampler.stop();
  const histories = new Map(workloads.map(({ name, events }) => [name, events]));
  const operations = sum(workloads.map(({ counts }) => counts));
  const messages = stage.cluster.links.counts();
  const { samples } = sampler;
  return { ...after, histories, operations, messages, samples, faults: journal.marks };
}

type After = Pick<RunResult, 'checks' | 'recovery'>;

async function workAndCheck(stage: Stage): Promise<After> {
  const { workloads } = stage;
  await start(stage);
  const works = workloads.map((workload) => workload.run());
  const striking = strikeAndHeal(stage);
  try {
    const healing = await Promise.race([striking, failureOf(works)]);
    for (const workload of workloads) workload.end();
    await Promise.all(works);
    return await checkAfter(stage, healing);
  } finally {
    // Where a workload has failed, the faults end too, before anything is taken away beneath them.
    stage.isOver = true;
    for (const workload of workloads) workload.end();
    await Promise.allSettled([striking, ...works]);
  }
}

/** A run that could not be brought to its end is red: whatever stopped it has to be looked at. */
function broken(error: unknown): After {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const check: Check = {
    name: 'the run comes to its end',
    result: 'failed',
    text: text.split('\n')[0] ?? '',
    findings: [{ text }],
  };
  return { checks: [check], recovery: { serviceMs: null, readyMs: null, equalMs: null } };
}

/** Rejects with the first workload that fails; never resolves. */
function failureOf(works: readonly Promise<void>[]): Promise<never> {
  return new Promise((_, reject) => {
    for (const work of works) work.catch(reject);
  });
}

async function strikeAndHeal(stage: Stage): Promise<Healing> {
  const { faults, minutes } = stage.plan;
  const endsAt = performance.now() + minutes * MS_PER_MINUTE;
  const isOver = (): boolean => stage.isOver || performance.now() >= endsAt;
  const random = (name: string): Random => stage.random(`faults ${name}`);
  const contextOf = (fault: Fault, own: Random): FaultContext =>
    stage.contextOf(fault, own, isOver);
  const giveUp = (): void => {
    stage.isOver = true;
  };
  if (faults.length > 0) await strike({ faults, random, contextOf, giveUp }, isOver);
  await pauseUnless(isOver, minutes * MS_PER_MINUTE);
  const healing = await heal(stage, contextOf);
  await pauseUnless(() => stage.isOver, AFTER_HEALING_MS);
  return healing;
}

async function heal(
  stage: Stage,
  contextOf: (fault: Fault, random: Random) => FaultContext,
): Promise<Healing> {
  const { cluster, plan, journal, clock, progress } = stage;
  cluster.links.heal();
  for (const replica of cluster.members()) replica.resume();
  for (const fault of plan.faults) {
    await fault.heal?.(contextOf(fault, stage.random(`heal ${fault.id}`)));
  }
  for (const replica of cluster.members()) replica.start();
  journal.endAll();
  progress.say('all is healed');
  const atUs = clock.nowUs();
  const served = untilServed(cluster);
  const readyAtUs = await Promise.all(
    cluster.members().map(async (replica) => {
      await replica.becomeReady(CATCH_UP_MS);
      return clock.nowUs();
    }),
  );
  const readyMs = readyAtUs.toSorted((a, b) => a - b).map((at) => toMs(at - atUs));
  const quorumReadyMs = readyMs[Math.floor(readyMs.length / 2)] ?? 0;
  return { serviceMs: await served, quorumReadyMs, readyMs: readyMs.at(-1) ?? 0 };
}

async function checkAfter(
  { cluster, workloads, journal, plan }: Stage,
  healing: Healing,
): Promise<After> {
  const equality = await waitForEqualHashes(cluster);
  for (const workload of workloads) await workload.finish();
  const checks = [
    ...workloads.flatMap((workload) => workload.check(isShortMix(plan), driftOf(plan))),
    checkAnswers(sum(workloads.map(({ counts }) => counts)), plan.minutes),
    ...journal.checks(),
    equality.check,
    checkService(healing.serviceMs, healing.quorumReadyMs),
    checkLives(cluster.replicas, plan.faults),
  ];
  const { readyMs, serviceMs } = healing;
  const equalMs = equality.afterMs ?? null;
  return { checks, recovery: { serviceMs: serviceMs ?? null, readyMs, equalMs } };
}

/** Where several share the time, none has enough of its own in a minute; together they must. */
function isShortMix({ workloads, minutes }: RunPlan): boolean {
  return workloads.length > 1 && minutes < MIX_MINUTES;
}

/** By how much a clock that is 20 % fast, at a leader, ends a lease sooner; `undefined`: none is. */
function driftOf({ faults }: RunPlan): number | undefined {
  return faults.some(({ id }) => id === CLOCKS.id) ? 1_000 * CLOCK_RATE_ERROR : undefined;
}

function toMs(us: number): number {
  return Math.round(us / US_PER_MS);
}
