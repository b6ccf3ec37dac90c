/** What the tests of epochs say to cores, and ask of them. */
import type { Command } from '../../src/paxos/command.ts';
import type { Membership } from '../../src/paxos/membership.ts';
import type { Accept, PromiseMessage } from '../../src/paxos/messages.ts';
import type { Cores, Envelope } from './cores.ts';

export const FIRST = { round: 1, leader: 1 };
export const SECOND = { round: 2, leader: 2 };

export function isOf(...types: readonly string[]) {
  return ({ message }: Envelope): boolean => types.includes(message.type);
}

export function batch(text: string): Command {
  return { type: 'batch', timeMs: 5, bytes: new TextEncoder().encode(text) };
}

export function stopOf(membership: Membership): Command {
  return { type: 'stop', timeMs: 5, membership };
}

export function acceptOf(slot: number, command: Command, more: Partial<Accept> = {}): Accept {
  return { type: 'accept', epoch: 1, ballot: FIRST, slot, command, chosenUpTo: 0, ...more };
}

/** Replica 2 campaigns with what it and this peer report; its commands reach nobody. */
export function campaignWith(cores: Cores, peer: number, report: Partial<PromiseMessage>): void {
  cores.input(2, { type: 'campaign' });
  cores.deliver(({ to, message }) => to === 2 && message.type === 'promise');
  const { promised: ballot } = cores.core(2).acceptor;
  const none = { chosenUpTo: 0, part: 0, parts: 1, accepted: [] };
  cores.inject(peer, 2, { type: 'promise', epoch: 1, ballot, ...none, ...report });
}

export function proposed(cores: Cores, id: number): string[] {
  return [...cores.leaderRole(id).inFlight].map(([slot, { command }]) => `${slot} ${command.type}`);
}
