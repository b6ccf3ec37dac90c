/**
 * What disks that are nearly full forbid. Each replica tells the others how much room it has. While
 * the voters with room are a quorum without the full ones, writes go on: a full disk of a few stops
 * nobody. A leader with a full disk hands over to one with room. When the full ones are needed,
 * nothing that grows is taken any more; deletes pass, since they are the way out, and what was
 * refused is taken again as soon as there is room.
 *
 * A peer that was not heard for a while is not counted on: with one replica away, two full disks
 * are as bad as three.
 */
import { isPhase2Quorum } from '../paxos/membership.ts';
import type { DiskLevel } from '../paxos/messages.ts';
import type { MemberStatus } from './api.ts';
import type { Loop } from './loop.ts';
import type { Peers } from './peers.ts';
import type { DiskSpace, ReplicaEvent } from './ports.ts';
import { successorOf } from './successor.ts';

export interface GrowthOptions {
  readonly loop: Loop;
  readonly peers: Peers;
  readonly diskSpace: DiskSpace;
  readonly observe: (event: ReplicaEvent) => void;
}

export class Growth {
  readonly #options: GrowthOptions;
  #isRefused = false;
  #reported: DiskLevel = 'ok';

  constructor(options: GrowthOptions) {
    this.#options = options;
    this.#report();
  }

  /** At a leader: whether a command that adds data gets no slot now. */
  get isRefused(): boolean {
    return this.#isRefused && this.#options.loop.core.role.name === 'leader';
  }

  /** From time to time. */
  tick(): void {
    const { diskSpace, loop, peers } = this.#options;
    this.#report();
    const { core } = loop;
    this.#isRefused = false;
    if (core.role.name !== 'leader') return;
    const voters = peers.members(core).filter(({ role }) => role === 'voter');
    const withRoom = voters.filter(hasRoom).map(({ id }) => id);
    const isFull = voters.some(({ disk }) => disk === 'full');
    this.#isRefused = isFull && !isPhase2Quorum(core.membership, new Set(withRoom));
    if (diskSpace.level === 'full' && !this.#isRefused) this.#handOver();
  }

  #handOver(): void {
    const { loop, peers } = this.#options;
    const { role } = loop.core;
    if (role.name !== 'leader' || role.transfer !== undefined) return;
    const to = successorOf(loop.core, peers, hasRoom);
    if (to !== undefined) loop.input({ type: 'transfer', to });
  }

  #report(): void {
    const { diskSpace, observe } = this.#options;
    const { level } = diskSpace;
    if (level === this.#reported) return;
    this.#reported = level;
    observe({ type: 'disk', level });
  }
}

function hasRoom({ disk, reachable }: MemberStatus): boolean {
  return reachable && disk !== 'full';
}

const WARNINGS: { readonly [Level in DiskLevel]: string | undefined } = {
  ok: undefined,
  low: 'the disk has less room than its soft watermark',
  full:
    'the disk has less room than its hard watermark: where a quorum needs this replica, ' +
    'nothing that grows is taken until there is room; deletes pass',
};

/** For an operator; `undefined`: there is room. */
export function diskWarning(level: DiskLevel): string | undefined {
  return WARNINGS[level];
}
