/** Chosen slots for a peer that is behind: never a proposal that lost. */
import { expect, test } from 'vitest';
import type { Ballot } from '../../src/paxos/ballot.ts';
import { type EpochProposal, isSameCommand } from '../../src/paxos/command.ts';
import { slotKey } from '../../src/storage/log-codec.ts';
import { LoopBench } from './loop-bench.ts';

const EPOCH = 1;

function proposalOf(ballot: Ballot, byte: number): EpochProposal {
  const command = { type: 'batch', timeMs: 0, bytes: new Uint8Array([byte]) } as const;
  return { epoch: EPOCH, slot: 1, ballot, command };
}

const LOST = proposalOf({ round: 1, leader: 1 }, 1);
const WON = proposalOf({ round: 2, leader: 2 }, 2);

test('what the log holds before its latest record is durable may have lost, and is not served', () => {
  const bench = new LoopBench();
  const accept = { ...LOST, type: 'accept', chosenUpTo: 0 } as const;
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
  const bench = new LoopBench();
  const accept = { ...LOST, type: 'accept', chosenUpTo: 0 } as const;
  bench.input({ type: 'message', from: 1, message: accept });
  bench.endDiskWork();
  expect(bench.serve()()).toEqual([]);
});

test('a read that the disk owes shows, until it is answered', () => {
  const bench = new LoopBench();
  bench.input({ type: 'fetched', from: 2, proposals: [WON] });
  bench.endDiskWork();
  expect(bench.disk.busyMs(700)).toBe(0);
  bench.serve();
  expect(bench.disk.busyMs(700)).toBe(700);
  bench.endDiskWork();
  expect(bench.disk.busyMs(700)).toBe(0);
});

test('nothing of another epoch, and nothing once it has stopped', () => {
  const bench = new LoopBench();
  bench.input({ type: 'fetched', from: 2, proposals: [WON] });
  bench.endDiskWork();
  expect(bench.serve(2)()).toBeUndefined();
  bench.loop.stop();
  expect(bench.serve()()).toBeUndefined();
});

test('a damaged record is not served, nor anything behind it: the state is to be had, and the log is cut', () => {
  const bench = new LoopBench();
  bench.input({ type: 'fetched', from: 2, proposals: [WON] });
  bench.endDiskWork();
  const key = slotKey(EPOCH, 1);
  bench.database.write([{ key, value: Buffer.of(1, 2) }], { sync: true }, () => undefined);
  bench.endDiskWork();
  const answer = bench.answer();
  bench.endDiskWork();
  expect(answer()).toEqual({ type: 'trimmed', floor: 1 });
  expect(bench.damaged).toEqual([1]);
  expect(bench.loop.isStopped).toBe(false);
});
