/** One replica's loop over a real log, with its disk and its turns in the hands of a test. */
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import type { Proposal, Slot } from '../../src/paxos/command.ts';
import { startCore } from '../../src/paxos/core.ts';
import { NOTHING_RECOVERED } from '../../src/paxos/core-state.ts';
import { DEFAULT_CORE_LIMITS } from '../../src/paxos/core-limits.ts';
import type { Input } from '../../src/paxos/effects.ts';
import { DiskWatch } from '../../src/replica/disk-watch.ts';
import { Loop } from '../../src/replica/loop.ts';
import { Onlookers } from '../../src/replica/onlookers.ts';
import { serveChosen } from '../../src/replica/serve-chosen.ts';
import type { AcceptorLog } from '../../src/storage/acceptor-log.ts';
import { openAcceptorLog } from '../../src/storage/log-recovery.ts';
import { MemoryDatabase } from '../../src/storage/memory-database.ts';
import type { PeerMessage } from '../../src/transport/messages.ts';
import type { ChosenAnswer } from '../../src/transport/network.ts';
import { Cores } from '../paxos/cores.ts';

const EPOCH = 1;
const SELF = 3;

/** One replica's loop over a log whose disk answers when the test says so. */
export class LoopBench {
  readonly loop: Loop;
  readonly disk = new DiskWatch();
  readonly log: AcceptorLog;
  readonly sent: { readonly to: ReplicaId; readonly message: PeerMessage }[] = [];
  readonly #diskWork: (() => void)[] = [];
  readonly snapshots: { readonly from: number; readonly above: number }[] = [];
  readonly damaged: Slot[] = [];
  readonly database: MemoryDatabase;
  readonly #turns: (() => void)[] = [];

  constructor() {
    const { membership } = new Cores({ replicas: 3 });
    const database = new MemoryDatabase({ schedule: (end) => this.#diskWork.push(end) });
    const { clusterId } = membership;
    const identity = {
      clusterId,
      replicaId: SELF,
      incarnation: '3'.padStart(32, '0'),
      epoch: EPOCH,
    };
    this.database = database;
    let opened: AcceptorLog | undefined;
    openAcceptorLog(database, identity, 0, (_error, log) => {
      opened = log;
    });
    this.endDiskWork();
    if (opened === undefined) throw new Error('the log did not open');
    this.log = opened;
    const { core } = startCore({
      self: SELF,
      membership,
      limits: DEFAULT_CORE_LIMITS,
      recovered: NOTHING_RECOVERED,
      seed: 1,
      firstNonce: 1,
      nowMs: 0,
    });
    this.loop = new Loop({
      core,
      log: this.log,
      network: {
        send: (to, message) => {
          this.sent.push({ to, message });
          return true;
        },
        fetchChosen: () => undefined,
        fetchSnapshot: () => undefined,
        probe: () => undefined,
        order: () => undefined,
        isLinked: () => true,
      },
      clock: { nowMs: () => 0 },
      scheduler: { defer: (run) => this.#turns.push(run), every: () => () => undefined },
      onlookers: new Onlookers(),
      catchUpBytes: 1_000,
      fetchSnapshot: (from, above) => this.snapshots.push({ from, above }),
      handlers: {
        onChosen: (slot) => this.loop.input({ type: 'applied', upTo: slot }),
        onRole: () => undefined,
        onReadIndexed: () => undefined,
        onReadRefused: () => undefined,
        onEpochEnded: () => undefined,
        onAlarm: () => undefined,
        onTurnEnd: () => undefined,
        onWriteFailed: () => undefined,
        onFatal: (error) => {
          throw error;
        },
      },
    });
  }

  input(input: Input): void {
    this.loop.post(() => this.loop.input(input));
    for (let turn = this.#turns.shift(); turn !== undefined; turn = this.#turns.shift()) turn();
  }

  endDiskWork(): void {
    for (let end = this.#diskWork.shift(); end !== undefined; end = this.#diskWork.shift()) end();
  }

  /** From slot 1 on; undefined while the disk owes the answer. */
  serve(epoch = EPOCH): () => readonly Proposal[] | undefined {
    const answered = this.answer(epoch);
    return () => {
      const answer = answered();
      return answer?.type === 'chosenSlots' ? answer.proposals : undefined;
    };
  }

  answer(epoch = EPOCH): () => ChosenAnswer | undefined {
    let answered: ChosenAnswer | undefined;
    const trimmer = { cutDamaged: (slot: Slot): void => void this.damaged.push(slot) };
    const parts = { loop: this.loop, log: this.log, disk: this.disk, trimmer, nowMs: 0 };
    serveChosen(parts, { epoch, from: 1, maxBytes: 1_000 }, (answer) => {
      answered = answer;
    });
    return () => answered;
  }
}
