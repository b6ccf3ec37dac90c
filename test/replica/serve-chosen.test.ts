/** Chosen slots for a peer that is behind: never a proposal that lost. */
import { expect, test } from 'vitest';
import type { Ballot } from '../../src/paxos/ballot.ts';
import { isSameCommand, type Proposal } from '../../src/paxos/command.ts';
import { startCore } from '../../src/paxos/core.ts';
import { DEFAULT_CORE_LIMITS, NOTHING_RECOVERED } from '../../src/paxos/core-state.ts';
import type { Input } from '../../src/paxos/effects.ts';
import { DiskWatch } from '../../src/replica/disk-watch.ts';
import { Loop } from '../../src/replica/loop.ts';
import { serveChosen } from '../../src/replica/serve-chosen.ts';
import type { AcceptorLog } from '../../src/storage/acceptor-log.ts';
import { openAcceptorLog } from '../../src/storage/log-recovery.ts';
import { MemoryDatabase } from '../../src/storage/memory-database.ts';
import { Cores } from '../paxos/cores.ts';

const EPOCH = 1;
const SELF = 3;

/** One replica's loop over a log whose disk answers when the test says so. */
class Bench {
  readonly loop: Loop;
  readonly disk = new DiskWatch();
  readonly #log: AcceptorLog;
  readonly #diskWork: (() => void)[] = [];
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
    let opened: AcceptorLog | undefined;
    openAcceptorLog(database, identity, 0, (_error, log) => {
      opened = log;
    });
    this.endDiskWork();
    if (opened === undefined) throw new Error('the log did not open');
    this.#log = opened;
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
      log: this.#log,
      network: { send: () => true, fetchChosen: () => undefined, isLinked: () => true },
      clock: { nowMs: () => 0 },
      scheduler: { defer: (run) => this.#turns.push(run), every: () => () => undefined },
      catchUpBytes: 1_000,
      handlers: {
        onChosen: (slot) => this.loop.input({ type: 'applied', upTo: slot }),
        onRole: () => undefined,
        onReadIndexed: () => undefined,
        onReadRefused: () => undefined,
        onAlarm: () => undefined,
        onTurnEnd: () => undefined,
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
    let served: readonly Proposal[] | undefined;
    const parts = { loop: this.loop, log: this.#log, disk: this.disk, nowMs: 0 };
    serveChosen(parts, { epoch, from: 1, maxBytes: 1_000 }, (answer) => {
      served = answer?.proposals;
    });
    return () => served;
  }
}

function proposalOf(ballot: Ballot, byte: number): Proposal {
  return { slot: 1, ballot, command: { type: 'batch', timeMs: 0, bytes: new Uint8Array([byte]) } };
}

const LOST = proposalOf({ round: 1, leader: 1 }, 1);
const WON = proposalOf({ round: 2, leader: 2 }, 2);

test('what the log holds before its latest record is durable may have lost, and is not served', () => {
  const bench = new Bench();
  const accept = { type: 'accept', epoch: EPOCH, chosenUpTo: 0, ...LOST } as const;
  bench.input({ type: 'message', from: 1, message: accept });
  bench.endDiskWork();
  bench.input({ type: 'fetched', from: 2, proposals: [WON] });
  expect(bench.loop.core.learner.appliedUpTo).toBe(1);
  expect(bench.serve()()).toEqual([]);
  bench.endDiskWork();
  const later = bench.serve();
  bench.endDiskWork();
  expect(later()?.map(({ command }) => isSameCommand(command, WON.command))).toEqual([true]);
});

test('what is accepted but not chosen is not served', () => {
  const bench = new Bench();
  const accept = { type: 'accept', epoch: EPOCH, chosenUpTo: 0, ...LOST } as const;
  bench.input({ type: 'message', from: 1, message: accept });
  bench.endDiskWork();
  expect(bench.serve()()).toEqual([]);
});

test('a read that the disk owes shows, until it is answered', () => {
  const bench = new Bench();
  bench.input({ type: 'fetched', from: 2, proposals: [WON] });
  bench.endDiskWork();
  expect(bench.disk.busyMs(700)).toBe(0);
  bench.serve();
  expect(bench.disk.busyMs(700)).toBe(700);
  bench.endDiskWork();
  expect(bench.disk.busyMs(700)).toBe(0);
});

test('nothing of another epoch, and nothing once it has stopped', () => {
  const bench = new Bench();
  bench.input({ type: 'fetched', from: 2, proposals: [WON] });
  bench.endDiskWork();
  expect(bench.serve(2)()).toBeUndefined();
  bench.loop.stop();
  expect(bench.serve()()).toBeUndefined();
});
