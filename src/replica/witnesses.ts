/**
 * What this replica and its peers know of each other's logs, and what follows where its own is
 * shorter than it was: then it is suspect (paxos/suspect.ts). The mark of that is durable in its
 * directory before anything else is done, and it stays.
 *
 * Only what is durable is ever said, so a log on an honest disk is never behind what is known of it.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import { type Incarnation, memberOf } from '../paxos/membership.ts';
import type { AcceptorLog, RecoveredLog } from '../storage/acceptor-log.ts';
import { DiskFullError } from '../storage/storage-error.ts';
import type { PeerMessage } from '../transport/messages.ts';
import type { Testimony } from '../transport/network.ts';
import type { Loop } from './loop.ts';
import type { ReplicaEvent } from './ports.ts';

/** The part of the data directory that holds the mark. */
export interface SuspicionStore {
  /** Why votes may have been forgotten here; `undefined`: none were. */
  readonly suspicion: string | undefined;
  /** Durable once it returns; the first reason stays for ever. Throws where the disk fails. */
  storeSuspicion(reason: string): void;
}

/** For an operator, after the reason. */
export const SUSPECT_ADVICE =
  'it may have forgotten votes, and never votes again in this incarnation; it is let in again in ' +
  'another one by itself, once the leader hears a quorum of the others';

/** A log that opened behind its witness is marked. Throws where the mark cannot be stored. */
export function markIfBehind(directory: SuspicionStore, recovered: RecoveredLog): void {
  const { sequence, witnessed } = recovered;
  if (sequence >= witnessed) return;
  directory.storeSuspicion(
    `its log ends at write ${sequence}, and write ${witnessed} was durable, as the witness says`,
  );
}

/** Whose log is told of. */
export interface Speaker {
  readonly id: ReplicaId;
  /** `undefined`: no member has that id. */
  readonly incarnation: Incarnation | undefined;
}

export interface WitnessesOptions {
  readonly self: ReplicaId;
  readonly log: AcceptorLog;
  readonly directory: SuspicionStore & { readonly incarnation: Incarnation };
  readonly loop: Loop;
  readonly observe: (event: ReplicaEvent) => void;
}

export class Witnesses {
  readonly #options: WitnessesOptions;

  constructor(options: WitnessesOptions) {
    this.#options = options;
    this.#report();
  }

  /** What is said to this peer, with every message. */
  testimonyTo(peer: ReplicaId): Testimony {
    const { log } = this.#options;
    const incarnation = this.#incarnationOf(peer);
    const witnessed = incarnation === undefined ? 0 : log.knownOf(peer, incarnation);
    return { sequence: log.durableSequence, witnessed };
  }

  /** To be asked as a message arrives: the membership may be another one when it is taken. */
  speaker(id: ReplicaId): Speaker {
    return { id, incarnation: this.#incarnationOf(id) };
  }

  /** Before the message is taken: what comes with it may make this replica suspect. */
  hear({ id, incarnation }: Speaker, said: Testimony, message: PeerMessage): void {
    const { log, self } = this.#options;
    if (incarnation !== undefined) log.noteKnown({ id, incarnation, sequence: said.sequence });
    this.#compare(id, said.witnessed);
    if (message.type !== 'status') return;
    for (const known of message.known) {
      // What was under an id before it was replaced says nothing of what is there now.
      if (known.incarnation !== this.#incarnationOf(known.id)) continue;
      if (known.id === self) this.#compare(id, known.sequence);
      else log.noteKnown(known);
    }
  }

  #incarnationOf(id: ReplicaId): Incarnation | undefined {
    const { directory, loop, self } = this.#options;
    if (id === self) return directory.incarnation;
    return memberOf(loop.core.membership, id)?.incarnation;
  }

  /** A write that failed may be there or not, and nobody can tell (ATC'20); a full disk can. */
  writeFailed(error: Error): void {
    if (error instanceof DiskFullError) return;
    try {
      this.#options.directory.storeSuspicion(`a write of its log failed: ${error.message}`);
    } catch {
      // The disk is the one that has just failed; the witness and the peers are left.
    }
  }

  #compare(from: ReplicaId, witnessed: number): void {
    const { directory, log, loop } = this.#options;
    const { durableSequence } = log;
    if (witnessed <= durableSequence || directory.suspicion !== undefined) return;
    directory.storeSuspicion(
      `its log ends at write ${durableSequence}, and write ${witnessed} was durable, ` +
        `as replica ${from} knows`,
    );
    loop.suspect();
    this.#report();
  }

  #report(): void {
    const { directory, observe } = this.#options;
    const { suspicion } = directory;
    if (suspicion !== undefined) observe({ type: 'suspect', reason: suspicion });
  }
}
