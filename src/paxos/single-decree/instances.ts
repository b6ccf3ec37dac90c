/**
 * Many instances side by side, told apart by a number: each is single-decree Paxos of its own,
 * with a phase 1 of its own. (The log does better: one phase 1 for all its slots, PMS 3.)
 */
import type { Message, Party } from './messages.ts';

/** From 1. */
export type InstanceNumber = number;

/** What travels between parties that play in several instances. */
export interface Envelope {
  readonly instance: InstanceNumber;
  readonly from: Party;
  readonly to: Party;
  readonly message: Message;
}

/** One role's machines, by instance; plain data, as the machines are. */
export type Instances<State> = Map<InstanceNumber, State>;

/** The machine of an instance, made by `create` when the instance is first heard of. */
export function instanceOf<State>(
  instances: Instances<State>,
  instance: InstanceNumber,
  create: () => State,
): State {
  const known = instances.get(instance);
  if (known !== undefined) return known;
  const state = create();
  instances.set(instance, state);
  return state;
}
