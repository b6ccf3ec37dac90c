/** What some run must bring about: an exploration without it has shown nothing. */
import type { Property } from '../system.ts';
import { chosenIn, endOf, type EpochGhost, type Ghost } from './ghost.ts';
import type { CoreScope } from './scope.ts';

export function reachableProperties(scope: CoreScope): readonly Property<Ghost>[] {
  if (scope.nextVoters.length > 0) return STOPPED;
  // A leader fills two slots: its own NOOP's and its command's.
  const slotsFilled = Math.min(scope.slots, 2 * scope.proposers);
  const slots = Array.from({ length: slotsFilled }, (_, index) => index + 1);
  const proposers = Array.from({ length: scope.proposers }, (_, index) => index + 1);
  const inSlots = slots.map((slot) => ({
    name: `something is chosen in slot ${slot}`,
    holds: (ghost: Ghost) => firstOf(ghost, (epoch) => chosenIn(epoch, slot).length > 0),
  }));
  if (scope.slots < 2) return inSlots;
  const commands = proposers.map((proposer) => ({
    name: `the command of replica ${proposer} is chosen`,
    holds: (ghost: Ghost) => firstOf(ghost, (epoch) => isCommandChosen(epoch, slots, proposer)),
  }));
  const all = {
    name: 'all commands are chosen',
    holds: (ghost: Ghost) =>
      firstOf(ghost, (epoch) => proposers.every((one) => isCommandChosen(epoch, slots, one))),
  };
  return [...inSlots, ...commands, ...(scope.slots < 2 * scope.proposers ? [] : [all])];
}

const STOPPED: readonly Property<Ghost>[] = [
  {
    name: 'the first epoch ends',
    holds: (ghost) => firstOf(ghost, (epoch) => endOf(epoch) !== undefined),
  },
  {
    name: 'a replica leads in the second epoch',
    holds: ({ epochs }) => (epochs[1]?.attempts.length ?? 0) > 0,
  },
  {
    name: 'something is chosen in the second epoch',
    holds: ({ epochs }) =>
      epochs
        .slice(1)
        .some((one) => one.attempts.some(({ slot }) => chosenIn(one, slot).length > 0)),
  },
];

function firstOf({ epochs }: Ghost, holds: (epoch: EpochGhost) => boolean): boolean {
  const [first] = epochs;
  return first !== undefined && holds(first);
}

function isCommandChosen(epoch: EpochGhost, slots: readonly number[], proposer: number): boolean {
  return slots.some((slot) =>
    chosenIn(epoch, slot).some(
      ({ command }) => command.type === 'batch' && command.bytes[0] === proposer,
    ),
  );
}
