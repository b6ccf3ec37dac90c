/** What the parts of the core do in a step: send, write, and name peers. */
import type { ReplicaId } from './ballot.ts';
import type { RoleName } from './effects.ts';
import { type CoreState, leaderOf, type Turn } from './core-state.ts';
import type { LogRecord } from './effects.ts';
import type { Message } from './messages.ts';
import { unreachable } from './assert.ts';

/** Leaves at once: it rests on nothing that is still on its way to the disk. */
export function sendNow(turn: Turn, to: ReplicaId, message: Message): void {
  turn.effects.push({ type: 'send', to, message, after: 0 });
}

/** Leaves when write `after` is durable. */
export function sendAfter(turn: Turn, after: number, to: ReplicaId, message: Message): void {
  turn.effects.push({ type: 'send', to, message, after });
}

export function write(turn: Turn, record: LogRecord): void {
  turn.core.writes += 1;
  turn.effects.push({ type: 'write', record });
}

/** All members but this replica. */
export function peersOf(core: CoreState): ReplicaId[] {
  return core.membership.members.map((member) => member.id).filter((id) => id !== core.self);
}

export function roleName(core: CoreState): RoleName {
  switch (core.role.name) {
    case 'follower':
    case 'checking':
      return 'follower';
    case 'candidate':
      return 'candidate';
    case 'leader':
      return 'leader';
    default:
      return unreachable(core.role);
  }
}

export function reportRole(turn: Turn, why: string): void {
  const { core } = turn;
  const { role } = core;
  const ballot =
    role.name === 'leader' || role.name === 'candidate' ? role.ballot : core.election.heard;
  const leader = leaderOf(core);
  turn.effects.push({ type: 'roleChanged', role: roleName(core), ballot, leader, why });
}
