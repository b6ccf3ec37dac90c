/** What `scripts/fault` understands, and what it refuses before anything is done. */
import { describe, expect, test } from 'vitest';
import { parseAsked, WrongArguments } from '../../../scripts/faults/wish.ts';

const wishOf = (text: string) => parseAsked(text.split(' ')).wish;
const linkOf = (text: string) => {
  const wish = wishOf(text);
  return wish.type === 'link' ? wish.wish : wish;
};

describe('what is asked', () => {
  test('of processes, and of all', () => {
    expect(wishOf('kill leader')).toEqual({ type: 'kill', who: 'leader' });
    expect(wishOf('resume 3')).toEqual({ type: 'resume', who: 3 });
    expect(wishOf('heal')).toEqual({ type: 'heal' });
    expect(wishOf('kill 2 --help')).toEqual({ type: 'help' });
    expect(parseAsked(['status', '--data', 'here'])).toMatchObject({
      wish: { type: 'status' },
      data: 'here',
      compose: false,
    });
  });

  test.each([
    ['partition 1,2 3', { type: 'partition', sides: [[1, 2], [3]] }],
    ['partition leader', { type: 'partition', sides: [['leader']] }],
    ['isolate leader', { type: 'isolate', who: 'leader' }],
    ['cut 1 leader', { type: 'cut', from: 1, to: 'leader' }],
    ['slow 100', { type: 'slow', at: { type: 'all' }, delayMs: [100, 100] }],
    ['slow all 100 50', { type: 'slow', at: { type: 'all' }, delayMs: [100, 150] }],
    ['slow 2 100', { type: 'slow', at: { type: 'of', who: 2 }, delayMs: [100, 100] }],
    ['slow 2 3 9 1', { type: 'slow', at: { type: 'between', a: 2, b: 3 }, delayMs: [9, 10] }],
    ['drop 2.5', { type: 'drop', at: { type: 'all' }, share: 0.025 }],
    ['drop 30 leader', { type: 'drop', at: { type: 'of', who: 'leader' }, share: 0.3 }],
    ['duplicate 50 1 2', { type: 'duplicate', at: { type: 'between', a: 1, b: 2 }, share: 0.5 }],
    ['flap 1 2 500', { type: 'flap', a: 1, b: 2, periodMs: 500 }],
  ])('of links: %s', (text, wish) => {
    expect(linkOf(text)).toEqual(wish);
  });

  test.each([
    ['skew 2 -5000', { type: 'offset', ms: -5000 }],
    ['skew 2 +5000', { type: 'offset', ms: 5000 }],
    ['skew 2 x1.05', { type: 'rate', rate: 1.05 }],
    ['fill-disk 2', { type: 'fullDisk' }],
    ['corrupt 2', { type: 'corrupt' }],
  ])('of one replica: %s', (text, harm) => {
    expect(wishOf(text)).toEqual({ type: 'harm', who: 2, harm });
  });
});

describe('what is refused', () => {
  test.each([
    ['partitoin 1', /what is "partitoin"/],
    ['kill', /kill: a replica is missing/],
    ['kill 0', /a number from 1 to 9, or "leader", not "0"/],
    ['kill 1 2', /what is "2" for/],
    ['status 1', /what is "1" for/],
    ['partition', /a side is missing/],
    ['partition 1,2 2', /2 is named twice/],
    ['partition 1,', /not ""/],
    ['cut 1', /a replica is missing/],
    ['slow', /MS is missing/],
    ['slow 1 2 0', /MS is a number from 1 to/],
    ['drop 101', /PERCENT is a number from 0.1 to 100/],
    ['drop x', /PERCENT/],
    ['drop 5 1 2 3', /what is "3" for/],
    ['flap 1 2', /PERIOD is missing/],
    ['flap 1 2 1', /PERIOD is a number from 50/],
    ['skew 1 soon', /to a rate from x0.5 to x2/],
    ['skew 1 x9', /to a rate/],
    ['kill 1 --compose --data a', /exclude each other/],
    ['kill 1 --now', /--now/],
  ])('%s', (text, why) => {
    expect(() => wishOf(text)).toThrow(WrongArguments);
    expect(() => wishOf(text)).toThrow(why);
  });
});
