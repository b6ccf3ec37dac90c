/**
 * What disks that are nearly full forbid. Each replica tells the others how much room it has. While
 * the voters with room are a quorum without the full ones, writes go on: a full disk of a few stops
 * nobody. A leader with a full disk hands over to one with room; while it tries that it proposes
 * nothing, so it tries each of them once, and then leads on for a while. When the full ones are needed,
 * nothing that grows is taken any more; deletes pass, since they are the way out, and what was
 * refused is taken again as soon as there is room.
 *
 * A peer that was not heard for a while is not counted on: with one replica away, two full disks
 * are as bad as three.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import { isPhase2Quorum } from '../paxos/membership.ts';
import type { DiskLevel } from '../paxos/messages.ts';
import type { MemberStatus } from './api.ts';
import type { Loop } from './loop.ts';
import type { Peers } from './peers.ts';
import type { DiskSpace, ReplicaEvent } from './ports.ts';
import { hasVoted, successorOf } from './successor.ts';

/** A leader from which nobody took over leads on for so many intervals of `status`. */
const LEADS_ON_STATUSES = 50;

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
  /** Who was asked to take over, in this office. */
  readonly #asked = new Set<ReplicaId>();
  #leadsOnFor = 0;

  constructor(options: GrowthOptions) {
    this.#options = options;
    this.#report();
  }

  /** At a leader: whether a command that adds data gets no slot now. */
  get isRefused(): boolean {
    return this.#isRefused && this.#options.loop.core.role.name === 'leader';
  }

  /** For an operator; `undefined`: there is room. */
  get warning(): string | undefined {
    return diskWarning(this.#options.diskSpace.level);
  }

  /** From time to time. */
  tick(): void {
    const { diskSpace, loop, peers } = this.#options;
    this.#report();
    const { core } = loop;
    this.#isRefused = false;
    if (core.role.name !== 'leader' || diskSpace.level !== 'full') this.#asked.clear();
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
    if (this.#leadsOnFor > 0) {
      this.#leadsOnFor -= 1;
      return;
    }
    const willDo = (member: MemberStatus): boolean =>
      hasRoom(member) && hasVoted(loop.core, member) && !this.#asked.has(member.id);
    const to = successorOf(loop.core, peers, willDo);
    if (to !== undefined) {
      this.#asked.add(to);
      loop.input({ type: 'transfer', to });
    } else if (this.#asked.size > 0) {
      this.#asked.clear();
      this.#leadsOnFor = LEADS_ON_STATUSES;
    }
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
