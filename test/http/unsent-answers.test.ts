import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { DEFAULT_HTTP_LIMITS } from '../../src/http/limits.ts';
import { UnsentAnswers } from '../../src/http/unsent-answers.ts';

const LIMITS = { ...DEFAULT_HTTP_LIMITS, sendMs: 1000, unsentBytes: 100 };

/** An answer that no kernel has taken yet. */
function answer(): ServerResponse {
  return new ServerResponse(new IncomingMessage(new Socket()));
}

test('an answer that is not taken in time is cut off, however it trickles', () => {
  let nowMs = 0;
  const unsent = new UnsentAnswers(LIMITS, { nowMs: () => nowMs });
  const first = answer();
  const second = answer();
  unsent.watch(first, 10);
  nowMs = 500;
  unsent.watch(second, 20);
  nowMs = 999;
  unsent.sweep();
  expect([first.destroyed, second.destroyed, unsent.bytes]).toEqual([false, false, 30]);
  nowMs = 1000;
  unsent.sweep();
  expect([first.destroyed, second.destroyed, unsent.bytes]).toEqual([true, false, 20]);
});

test('the oldest answers are cut off when all together are too many bytes', () => {
  const unsent = new UnsentAnswers(LIMITS, { nowMs: () => 0 });
  const answers = [answer(), answer(), answer()];
  for (const each of answers) unsent.watch(each, 40);
  expect(answers.map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
  expect(unsent.bytes).toBe(80);
});

test('an answer that was taken counts no more', () => {
  const unsent = new UnsentAnswers(LIMITS, { nowMs: () => 0 });
  const taken = answer();
  unsent.watch(taken, 40);
  taken.emit('close');
  expect(unsent.bytes).toBe(0);
});
