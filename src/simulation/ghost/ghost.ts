/**
 * What an all-knowing observer holds against the replicas, at every message and every completed
 * write. The replicas never see it. Numbers are those of the invariants in docs/testing.md.
 */
import {
  type Ballot,
  formatBallot,
  isAtLeast,
  isHigher,
  type ReplicaId,
} from '../../paxos/ballot.ts';
import { type Command, isSameCommand, type Proposal, type Slot } from '../../paxos/command.ts';
import type { LogRecord } from '../../paxos/effects.ts';
import type { Accept } from '../../paxos/messages.ts';
import { isPhase2Quorum, type Membership, votersOf } from '../../paxos/membership.ts';
import { ZERO_BALLOT } from '../../paxos/ballot.ts';
import type { OpenedStorage } from '../../replica/host.ts';
import type { ReplicaEvent } from '../../replica/ports.ts';
import type { AcceptorLog, RecoveredLog } from '../../storage/acceptor-log.ts';
import type { StateChange } from '../../storage/state-store.ts';
import type { PeerMessage } from '../../transport/messages.ts';
import { check } from './invariant.ts';

interface Attempt {
  readonly command: Command;
  readonly durableAt: Set<ReplicaId>;
}

interface Disk {
  promised: Ballot;
  readonly accepted: Map<Slot, Ballot>;
}

export class Ghost {
  /** By slot, then by ballot: what was proposed, and who has it on disk, or once had. */
  readonly #attempts = new Map<Slot, Map<string, Attempt>>();
  readonly chosen = new Map<Slot, Command>();
  /** The lowest ballot in which each slot is known to be chosen. */
  readonly #chosenIn = new Map<Slot, Ballot>();
  readonly #disks = new Map<ReplicaId, Disk>();
  readonly #promisedEver = new Map<ReplicaId, Ballot>();
  readonly #prepared = new Map<string, string>();
  readonly #boots = new Map<ReplicaId, number>();
  readonly #changes = new Map<Slot, string>();
  #membership: Membership | undefined;
  #history: string[] = [];
  leaders = 0;
  campaigns = 0;

  /** The last things that happened, for a failure's report. */
  get recent(): readonly string[] {
    return this.#history;
  }

  note(line: string): void {
    this.#history.push(line);
    if (this.#history.length > 400) this.#history = this.#history.slice(200);
  }

  membership(membership: Membership): void {
    const known = this.#membership;
    check(known === undefined || known.clusterId === membership.clusterId, 'one genesis', '');
    const { phase1, phase2 } = membership.quorums;
    const voters = votersOf(membership).length;
    check(phase1 + phase2 > voters, 'I9: quorums meet', `${phase1}, ${phase2} of ${voters}`);
    this.#membership = membership;
  }

  booted(id: ReplicaId, boot: number): void {
    this.#boots.set(id, boot);
    this.note(`boot ${boot} of replica ${id}`);
  }

  event(id: ReplicaId, event: ReplicaEvent): void {
    check(event.type !== 'alarm', 'no alarms', JSON.stringify(event));
    if (event.type === 'role' && event.role === 'leader') this.leaders += 1;
    if (event.type === 'role' && event.role === 'candidate') this.campaigns += 1;
    this.note(`replica ${id}: ${JSON.stringify(event)}`);
  }

  /** Sees each completed write of the log, and each slot that is applied. */
  watchStorage(id: ReplicaId, storage: OpenedStorage): void {
    const { log, recovered, store } = storage;
    this.#recovered(id, recovered, store.durablyApplied);
    this.#checkHeld(id, log, store.durablyApplied);
    const append = log.append.bind(log);
    log.append = (batch, done) => {
      append(batch, (error) => {
        if (error === undefined) for (const record of batch.records) this.#durable(id, record);
        done(error);
      });
    };
    const apply = store.apply.bind(store);
    store.apply = (change) => {
      check(change.slot === store.appliedUpTo + 1, 'I11: in order', `slot ${change.slot}`);
      check(this.chosen.has(change.slot), 'I11: only chosen', `slot ${change.slot} at ${id}`);
      const text = describe(change);
      const known = this.#changes.get(change.slot);
      check(known === undefined || known === text, 'I12: one state', `slot ${change.slot}`);
      this.#changes.set(change.slot, text);
      apply(change);
    };
  }

  /**
   * I4, I5 across restarts: what was durable is still there. More may be: a write that was under
   * way at the crash can have reached the disk.
   */
  #recovered(id: ReplicaId, recovered: RecoveredLog, above: Slot): void {
    const disk = this.#diskOf(id);
    const proposals = new Map(recovered.proposals.map((proposal) => [proposal.slot, proposal]));
    for (const [slot, ballot] of disk.accepted) {
      if (slot <= above) continue;
      const kept = proposals.get(slot)?.ballot ?? ZERO_BALLOT;
      check(isAtLeast(kept, ballot), 'I5: an accepted proposal outlives a crash', `slot ${slot}`);
    }
    const { epoch } = this.#membership ?? { epoch: 1 };
    this.#durable(id, { type: 'promised', epoch, ballot: recovered.promised });
    for (const { slot, ballot, command } of recovered.proposals) {
      this.#durable(id, { type: 'accepted', epoch, slot, ballot, command });
    }
  }

  /** The state on disk is never ahead of the durable log: each applied slot can still be served. */
  #checkHeld(id: ReplicaId, log: AcceptorLog, upTo: Slot): void {
    for (let slot = 1; slot <= upTo; slot += 1) {
      const held = log.get(slot);
      const chosen = this.chosen.get(slot);
      const isHeld =
        held !== undefined && chosen !== undefined && isSameCommand(held.command, chosen);
      check(isHeld, 'I18: the log holds what is applied', `slot ${slot} at replica ${id}`);
    }
  }

  /** I11: what a peer pulls is chosen, never a proposal that lost. */
  served(from: ReplicaId, proposals: readonly Proposal[]): void {
    for (const { slot, command } of proposals) {
      const chosen = this.chosen.get(slot);
      const isChosen = chosen !== undefined && isSameCommand(chosen, command);
      check(isChosen, 'I11: only what is chosen is served', `slot ${slot} by replica ${from}`);
    }
  }

  #durable(id: ReplicaId, record: LogRecord): void {
    const disk = this.#diskOf(id);
    const text = `replica ${id}, ${formatBallot(record.ballot)}`;
    if (record.type === 'promised') {
      check(!isHigher(disk.promised, record.ballot), 'I4: promises never decrease', text);
      disk.promised = record.ballot;
      return;
    }
    const { slot, ballot, command } = record;
    const before = disk.accepted.get(slot) ?? ZERO_BALLOT;
    check(isAtLeast(ballot, before), 'I5: accepted ballots never decrease', text);
    disk.accepted.set(slot, ballot);
    const attempt = this.#attempt(slot, ballot, command);
    attempt.durableAt.add(id);
    this.#notice(slot, ballot, attempt);
  }

  /** I1: at most one command ever reaches a durable quorum. */
  #notice(slot: Slot, ballot: Ballot, attempt: Attempt): void {
    const membership = this.#membership;
    if (membership === undefined || !isPhase2Quorum(membership, attempt.durableAt)) return;
    const known = this.chosen.get(slot);
    const isSame = known === undefined || isSameCommand(known, attempt.command);
    check(isSame, 'I1: agreement', `slot ${slot}`);
    this.chosen.set(slot, attempt.command);
    const before = this.#chosenIn.get(slot) ?? ballot;
    this.#chosenIn.set(slot, isHigher(before, ballot) ? ballot : before);
  }

  /** I3: one command for a ballot and slot. */
  #attempt(slot: Slot, ballot: Ballot, command: Command): Attempt {
    const attempts = this.#attempts.get(slot) ?? new Map<string, Attempt>();
    this.#attempts.set(slot, attempts);
    const name = formatBallot(ballot);
    const attempt = attempts.get(name) ?? { command, durableAt: new Set<ReplicaId>() };
    attempts.set(name, attempt);
    check(isSameCommand(attempt.command, command), 'I3: one command', `${name} in slot ${slot}`);
    return attempt;
  }

  /** Every message at the instant it leaves. */
  sent(from: ReplicaId, to: ReplicaId, message: PeerMessage): void {
    switch (message.type) {
      case 'prepare':
        return this.#sentPrepare(from, message.ballot);
      case 'promise':
        return this.#sentPromise(from, message.ballot);
      case 'accept':
        this.#attempt(message.slot, message.ballot, message.command);
        this.#checkProposed(message);
        this.#checkPromised(from, message.ballot);
        return this.#checkAnnounced(from, message.chosenUpTo);
      case 'accepted':
        return this.#sentAccepted(from, message.slot, message.ballot);
      case 'leaderConfirmed':
        return this.#sentConfirmation(from, message.ballot);
      case 'heartbeat':
        return this.#checkAnnounced(from, message.chosenUpTo);
      default:
        return this.note(`${from}>${to} ${message.type}`);
    }
  }

  /** I2: a ballot belongs to one life of one replica, and is durable before it is used. */
  #sentPrepare(from: ReplicaId, ballot: Ballot): void {
    const name = formatBallot(ballot);
    const life = `${from}/${this.#boots.get(from) ?? 0}`;
    const owner = this.#prepared.get(name) ?? life;
    check(owner === life, 'I2: ballots are unique', `${name} of ${owner} used by ${life}`);
    this.#prepared.set(name, life);
    this.#checkPromised(from, ballot);
    this.note(`${from} prepare ${name}`);
  }

  #sentPromise(from: ReplicaId, ballot: Ballot): void {
    this.#checkPromised(from, ballot);
    const said = this.#promisedEver.get(from) ?? ZERO_BALLOT;
    if (isHigher(ballot, said)) this.#promisedEver.set(from, ballot);
    this.note(`${from} promise ${formatBallot(ballot)}`);
  }

  /** I6, and I7: nothing below a promise is accepted after it was given. */
  #sentAccepted(from: ReplicaId, slot: Slot, ballot: Ballot): void {
    const text = `replica ${from}, slot ${slot}, ${formatBallot(ballot)}`;
    const said = this.#promisedEver.get(from) ?? ZERO_BALLOT;
    check(isAtLeast(ballot, said), 'I7: no vote below a promise', text);
    const durable = this.#diskOf(from).accepted.get(slot) ?? ZERO_BALLOT;
    check(isAtLeast(durable, ballot), 'I6: durable before send', text);
    this.#promisedEver.set(from, ballot);
    this.note(`${from} accepted ${formatBallot(ballot)} slot ${slot}`);
  }

  /** I8 (PMS P2c): above the ballot that chose a command, nothing else is proposed for its slot. */
  #checkProposed({ slot, ballot, command }: Accept): void {
    const chosen = this.chosen.get(slot);
    const chosenIn = this.#chosenIn.get(slot);
    if (chosen === undefined || chosenIn === undefined || !isHigher(ballot, chosenIn)) return;
    const text = `${formatBallot(ballot)} in slot ${slot}, chosen in ${formatBallot(chosenIn)}`;
    check(isSameCommand(chosen, command), 'I8: what is chosen is proposed again', text);
  }

  /** I15: no leader is confirmed below a promise that was given. */
  #sentConfirmation(from: ReplicaId, ballot: Ballot): void {
    const said = this.#promisedEver.get(from) ?? ZERO_BALLOT;
    const text = `replica ${from}, ${formatBallot(ballot)}, promised ${formatBallot(said)}`;
    check(isAtLeast(ballot, said), 'I15: no confirmation below a promise', text);
  }

  #checkPromised(from: ReplicaId, ballot: Ballot): void {
    const { promised } = this.#diskOf(from);
    const text = `replica ${from}: ${formatBallot(ballot)}, disk ${formatBallot(promised)}`;
    check(isAtLeast(promised, ballot), 'I6: durable before send', text);
  }

  #checkAnnounced(from: ReplicaId, chosenUpTo: Slot): void {
    const isChosen = chosenUpTo === 0 || this.chosen.has(chosenUpTo);
    check(isChosen, 'I11: only what is chosen is announced', `slot ${chosenUpTo} by ${from}`);
  }

  #diskOf(id: ReplicaId): Disk {
    const disk = this.#disks.get(id) ?? { promised: ZERO_BALLOT, accepted: new Map() };
    this.#disks.set(id, disk);
    return disk;
  }
}

/** What a slot changed, as text: the same on every replica. */
function describe({ timeMs, ballot, revisions }: StateChange): string {
  const changes = revisions.map(({ revision, writes }) => ({
    revision,
    writes: writes.map(({ key, item }) => {
      const value = item === undefined ? null : new TextDecoder('latin1').decode(item.value);
      return { ...item, key, value };
    }),
  }));
  return JSON.stringify({ timeMs, ballot, changes });
}
