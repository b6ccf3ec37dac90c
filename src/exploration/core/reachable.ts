/** What some run must bring about: an exploration without it has shown nothing. */
import type { Membership } from '../../paxos/membership.ts';
import type { Property } from '../system.ts';
import { chosenIn, type Ghost } from './ghost.ts';
import type { CoreScope } from './scope.ts';

export function reachableProperties(
  scope: CoreScope,
  membership: Membership,
): readonly Property<Ghost>[] {
  // A leader fills two slots: its own NOOP's and its command's.
  const slotsFilled = Math.min(scope.slots, 2 * scope.proposers);
  const slots = Array.from({ length: slotsFilled }, (_, index) => index + 1);
  const proposers = Array.from({ length: scope.proposers }, (_, index) => index + 1);
  const isChosen = (ghost: Ghost, proposer: number): boolean =>
    slots.some((slot) =>
      chosenIn(ghost, slot, membership).some(
        ({ command }) => command.type === 'batch' && command.bytes[0] === proposer,
      ),
    );
  const inSlots = slots.map((slot) => ({
    name: `something is chosen in slot ${slot}`,
    holds: (ghost: Ghost) => chosenIn(ghost, slot, membership).length > 0,
  }));
  if (scope.slots < 2) return inSlots;
  const commands = proposers.map((proposer) => ({
    name: `the command of replica ${proposer} is chosen`,
    holds: (ghost: Ghost) => isChosen(ghost, proposer),
  }));
  const all = {
    name: 'all commands are chosen',
    holds: (ghost: Ghost) => proposers.every((proposer) => isChosen(ghost, proposer)),
  };
  return [...inSlots, ...commands, ...(scope.slots < 2 * scope.proposers ? [] : [all])];
}
