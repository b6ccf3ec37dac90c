import { describe, expect, test } from 'vitest';
import { formatBurn, parseBurn } from '../../../../scripts/torture/faults/burn.ts';
import { wrongInFlood } from '../../../../scripts/torture/faults/flood.ts';
import { isOfAnother, ledToTheEnd } from '../../../../scripts/torture/faults/stop.ts';
import { drawScaledMs } from '../../../../scripts/torture/faults/wholeness.ts';
import { Random } from '../../../../src/simulation/random.ts';

test('what a replica is told to burn', () => {
  const burn = { type: 'garbage', ms: 1_200 } as const;
  expect(parseBurn(formatBurn(burn))).toEqual(burn);
  expect(() => parseBurn('{"type":"disk","ms":1}')).toThrow('Invalid option');
});

describe('how a flood may be answered', () => {
  test.each([
    [{ 200: 10, 201: 1, 429: 3, 503: 2, 504: 1, broken: 4 }, 0, undefined],
    [{ 200: 10, 500: 1 }, 0, 'answered with 500'],
    [{ 200: 10, 503: 2 }, 2, '2 times 429 or 503 without Retry-After'],
  ])('%j', (answers, withoutRetryAfter, expected) => {
    expect(wrongInFlood({ answers, withoutRetryAfter })).toBe(expected);
  });
});

test('whether a replica handed over, by its log', () => {
  const leads = '{"level":30,"role":"leader","ballot":"4.1","msg":"leads in ballot 4.1"}\n';
  const follows = '{"level":30,"role":"follower","ballot":"5.2","msg":"follows replica 2"}\n';
  expect(ledToTheEnd(`${follows}${leads}{"msg":"closed"}\n`)).toBe(true);
  expect(ledToTheEnd(`${leads}${follows}{"msg":"closed"}\n`)).toBe(false);
  expect(ledToTheEnd('')).toBe(false);
});

test('times are drawn from the whole of their range, short ones as often as long ones', () => {
  const random = new Random(1);
  const drawn = Array.from({ length: 1_000 }, () => drawScaledMs(random, 50, 60_000));
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...drawn)).toBeLessThanOrEqual(60_000);
  const short = drawn.filter((ms) => ms < 1_732).length;
  expect(short).toBeGreaterThan(400);
  expect(short).toBeLessThan(600);
});

test('an end is of another fault where that one ends processes, or says that its disk does not work', () => {
  expect(isOfAnother('SIGKILL', '')).toBe(true);
  expect(isOfAnother(1, '{"level":60,"msg":"ends at once: not closed within 10000 ms"}')).toBe(
    true,
  );
  expect(isOfAnother(1, 'cannot write the witness: ENOSPC: no space left')).toBe(true);
  expect(isOfAnother(1, 'cannot write the witness: EBADF: bad file descriptor')).toBe(false);
  expect(isOfAnother(134, '')).toBe(false);
});
