/** What a recovery tells an operator, in lines of text. */
import { formatBallot } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import { REVISION_GAP } from '../storage/new-cluster.ts';
import type { Held } from './evidence.ts';
import type { Plan } from './plan.ts';
import type { ReadSurvivor, SurvivorsRead } from './survivors.ts';
import type { Reason, SlotVerdict, Verdict } from './verdicts.ts';

const VERDICTS: Readonly<Record<Verdict, string>> = {
  certain: 'certain',
  possiblyChosen: 'possibly chosen',
  lost: 'lost',
};

const REASONS: Readonly<Record<Reason, string>> = {
  known: 'a survivor knows that its command was chosen',
  quorum: 'the survivors that hold it are a quorum',
  nothingChosen: 'no command can have been chosen',
  mayBe: 'accepted; whether it was chosen, or another, only the missing replicas know',
  chosenElsewhere: 'a command was chosen, and who knows that does not hold it: another holds this',
  contradiction: 'survivors contradict each other: the highest ballot is taken',
  chosenAndGone: 'a command was chosen, and no survivor holds it',
  mayBeGone: 'no survivor holds anything, and the missing replicas may have chosen a command',
};

export function survivorLines(survivor: ReadSurvivor, read: SurvivorsRead): readonly string[] {
  const { directory, epoch, id, incarnation, problems, promised, votes } = survivor;
  const { fence, log, root, state, told, copiedBytes } = directory;
  const applied = state?.meta.appliedUpTo ?? told?.appliedUpTo;
  const said = applied === undefined ? 'nothing of it can be read' : `it was at slot ${applied}`;
  const stateLine =
    state === undefined
      ? `of no use; ${said}`
      : `whole, applied up to slot ${applied}, revision ${state.meta.revision}`;
  const above = `${votes.length} commands above slot ${read.evidence.appliedUpTo}`;
  const { floor = 0, sequence = 0 } = log?.whole?.recovered ?? {};
  const whole = `whole up to write ${sequence}, trimmed up to slot ${floor}`;
  const chosen = `chosen up to slot ${survivor.knowsChosenUpTo}`;
  const ballot = `promised ballot ${formatBallot(promised)} in epoch ${epoch}`;
  const logLine = log === undefined ? 'none' : log.whole === undefined ? 'not whole' : whole;
  const fenced =
    fence === undefined || fence === 'damaged' ? 'before' : `for cluster ${fence.clusterId}`;
  return [
    `replica ${id} in ${root}`,
    `  cluster ${directory.identity.clusterId}, incarnation ${incarnation}`,
    `  state: ${stateLine}`,
    `  log: ${logLine}; ${chosen}; ${ballot}; ${above}`,
    ...problems.map((problem) => `  note: ${problem}`),
    ...(survivor.mayHaveForgotten
      ? ['  note: it counts as missing where it holds nothing, as it may have forgotten votes']
      : []),
    ...(fence === undefined ? [] : [`  note: it was fenced ${fenced}; it is read all the same`]),
    `  ${copiedBytes} bytes were copied and read; nothing in it was changed`,
  ];
}

export function slotLines(plan: Plan, listsSlots: boolean): readonly string[] {
  const runs: SlotVerdict[] = [];
  for (const verdict of plan.verdicts) {
    const before = runs.at(-1);
    if (before !== undefined && !listsSlots && isAlike(before, verdict)) {
      runs[runs.length - 1] = { ...before, upTo: verdict.upTo };
    } else {
      runs.push(verdict);
    }
  }
  const others = listsSlots ? [] : plan.verdicts.filter((one) => one.others.length > 0);
  return [
    ...runs.flatMap((run) => (listsSlots ? describeSlot(run) : [describeRun(run)])),
    ...others.flatMap((one) => describeSlot(one)),
  ];
}

function isAlike(a: SlotVerdict, b: SlotVerdict): boolean {
  const sameTaking = (a.taken === undefined) === (b.taken === undefined);
  return a.reason === b.reason && a.epoch === b.epoch && sameTaking;
}

function describeRun({ epoch, from, reason, taken, upTo, verdict }: SlotVerdict): string {
  const nothing = taken === undefined ? '; nothing is taken' : '';
  return `${slots(from, upTo)}, epoch ${epoch}: ${VERDICTS[verdict]}: ${REASONS[reason]}${nothing}`;
}

function describeSlot(verdict: SlotVerdict): readonly string[] {
  const taken = verdict.taken === undefined ? [] : [`  taken: ${describeHeld(verdict.taken)}`];
  const others = verdict.others.map((held) => `  not taken: ${describeHeld(held)}`);
  return [describeRun(verdict), ...taken, ...others];
}

function describeHeld({ by, vote: { ballot, bytes, type } }: Held): string {
  return `a ${type} of ${bytes} bytes, in ballot ${formatBallot(ballot)}, of replica ${by.id}`;
}

export function summaryLines(plan: Plan, read: SurvivorsRead): readonly string[] {
  const { best, evidence } = read;
  const { highestSlot } = plan;
  const state =
    best === undefined
      ? 'no state can be used: all begins with the first slot of the logs'
      : `the best state is that of replica ${best.identity.replicaId}: slot ${evidence.appliedUpTo}, ` +
        `revision ${best.meta.revision}. All up to there is certain`;
  const counts = (['certain', 'possiblyChosen', 'lost'] as const)
    .map((verdict) => `${countSlots(plan, verdict)} ${VERDICTS[verdict]}`)
    .join(', ');
  const above = evidence.appliedUpTo + 1;
  const judged =
    highestSlot < above
      ? 'no survivor has a trace of any later slot'
      : `${slots(above, highestSlot)}: ${counts}`;
  return ['', state, judged, takenLine(plan), ...missingLines(plan, read)];
}

function takenLine({ firstLost, steps }: Plan): string {
  const [first, last] = [steps[0], steps.at(-1)];
  const taken =
    first === undefined || last === undefined
      ? 'no slot is taken over'
      : `taken over: ${slots(first.from, last.upTo)}`;
  const isLostWithin = firstLost !== undefined && last !== undefined && firstLost < last.upTo;
  if (firstLost === undefined) return taken;
  return isLostWithin
    ? `${taken}, past what is lost: a command behind it may do other than it did when it was acknowledged`
    : `${taken}: slot ${firstLost} is lost. With --past-lost what is behind it is taken over too; but ` +
        'such a command may do other than it did when it was acknowledged, and a condition on a ' +
        'revision may fail, or hold, where it did not';
}

function missingLines(plan: Plan, { best }: SurvivorsRead): readonly string[] {
  const { certainUpTo, commands, highestSlot, mayBeMore } = plan;
  const revision = best?.meta.revision ?? 0;
  const atMost = revision + commands;
  const lost = countSlots(plan, 'lost') > 0 ? ', and those of slots that are lost,' : '';
  return [
    `all writes up to slot ${certainUpTo} are certain`,
    mayBeMore
      ? `whether there were slots above ${highestSlot} cannot be known: the missing replicas may have ` +
        'chosen some without any survivor, and of these no trace is left'
      : `above slot ${highestSlot} nothing was chosen: the missing replicas are too few for that`,
    `revisions: ${revision} in the state, ${atMost} at the most with what is taken over. Writes that ` +
      `were acknowledged in a higher one${lost} are missing; new ones begin above ${REVISION_GAP} more`,
  ];
}

function countSlots({ verdicts }: Plan, wanted: Verdict): number {
  let count = 0;
  for (const { from, upTo, verdict } of verdicts) if (verdict === wanted) count += upTo - from + 1;
  return count;
}

function slots(from: Slot, upTo: Slot): string {
  return from === upTo ? `slot ${from}` : `slots ${from} to ${upTo}`;
}
