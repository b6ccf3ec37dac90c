/**
 * The epochs as they follow each other, each a world of its own: other members, other quorums, other
 * ballots. The first begins with the genesis, and each other when a stop is chosen and everything
 * below it (I20). Together they make the one log: of each epoch its slots up to its stop.
 */
import { type ReplicaId, ZERO_BALLOT } from '../../paxos/ballot.ts';
import type { Command, EpochProposal, Slot } from '../../paxos/command.ts';
import { type Epoch, isSameMembership, type Membership, memberOf } from '../../paxos/membership.ts';
import type { RecoveredLog } from '../../storage/acceptor-log.ts';
import { Acceptors } from './acceptors.ts';
import { Campaigns } from './campaigns.ts';
import { check, violate } from './invariant.ts';
import { Lives } from './lives.ts';
import { isSame, Proposals } from './proposals.ts';
import { Voters } from './ranks.ts';

export interface EpochGhost {
  readonly membership: Membership;
  /** Its first slot. */
  readonly from: Slot;
  readonly voters: Voters;
  readonly proposals: Proposals;
  readonly acceptors: Acceptors;
  readonly campaigns: Campaigns;
}

export class Epochs {
  /** By slot, without a gap: what is above a stop is of the next epoch. */
  readonly chosen = new Map<Slot, Command>();
  readonly #lives = new Lives();
  readonly #epochs: EpochGhost[] = [];

  /** The whole log is chosen up to here. */
  get chosenUpTo(): Slot {
    return this.chosen.size;
  }

  get latest(): Epoch {
    return this.#epochs.length;
  }

  /** Of this epoch, or of the latest; `undefined`: it has not begun. */
  membershipOf(epoch: Epoch = this.latest): Membership | undefined {
    return this.#epochs[epoch - 1]?.membership;
  }

  /** Who is to vote once it has caught up. */
  joining(): readonly ReplicaId[] {
    const { members = [] } = this.membershipOf() ?? {};
    return members.filter(({ role }) => role === 'joining').map(({ id }) => id);
  }

  /** Whether the latest epoch, if one has begun, is with this replica. */
  isMember(id: ReplicaId): boolean {
    const latest = this.membershipOf();
    return latest === undefined || memberOf(latest, id) !== undefined;
  }

  isChosen(slot: Slot, command: Command): boolean {
    const chosen = this.chosen.get(slot);
    return chosen !== undefined && isSame(chosen, command);
  }

  /** I21. */
  found(id: ReplicaId, proposal: EpochProposal): void {
    this.of(proposal.epoch).proposals.found(id, proposal);
  }

  /** Of the latest epoch all must be there, and of a later one there can be nothing. */
  recovered(id: ReplicaId, log: RecoveredLog, above: Slot): boolean {
    let hasMore = false;
    for (const { acceptors, membership } of this.#epochs) {
      const { epoch } = membership;
      if (epoch < log.epoch) continue;
      const proposals = log.proposals.filter((proposal) => proposal.epoch === epoch);
      const promised = epoch === log.epoch ? log.promised : ZERO_BALLOT;
      if (acceptors.recovered(id, { promised, proposals }, above)) hasMore = true;
    }
    return hasMore;
  }

  /** I22, I20: what a replica takes for the membership. */
  membership(membership: Membership): void {
    const { clusterId, epoch } = membership;
    if (epoch === 1 && this.#epochs.length === 0) this.#begin(membership, 1);
    const known = this.of(epoch).membership;
    check(known.clusterId === clusterId, 'I22: there is one cluster', clusterId);
    check(isSameMembership(known, membership), 'I20: one membership for an epoch', `${epoch}`);
  }

  booted(id: ReplicaId): void {
    this.#lives.booted(id);
  }

  /** I20: nobody speaks, votes or writes in an epoch that has not begun. */
  of(epoch: Epoch): EpochGhost {
    const known = this.#epochs[epoch - 1];
    check(this.#epochs.length > 0, 'I22: nobody works before the genesis', '');
    if (known === undefined) violate('I20: an epoch begins with a chosen stop', `epoch ${epoch}`);
    return known;
  }

  *all(): Iterable<EpochGhost> {
    yield* this.#epochs;
  }

  /** Something became chosen: the log goes on, from epoch to epoch. */
  advance(): void {
    for (;;) {
      const slot = this.chosen.size + 1;
      const command = this.#epochs.at(-1)?.proposals.chosen.get(slot);
      if (command === undefined) return;
      this.chosen.set(slot, command);
      if (command.type === 'stop') this.#begin(command.membership, slot + 1);
    }
  }

  #begin(membership: Membership, from: Slot): void {
    const expected = this.#epochs.length + 1;
    const { epoch } = membership;
    check(epoch === expected, 'I20: epochs follow each other', `${epoch}, not ${expected}`);
    const proposals = new Proposals();
    const campaigns = new Campaigns(proposals, this.#lives, from);
    const voters = new Voters(membership);
    const acceptors = new Acceptors();
    this.#epochs.push({ membership, from, voters, proposals, acceptors, campaigns });
  }
}
