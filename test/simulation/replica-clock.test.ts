/** Clocks that run wrongly, processes that are stopped, and the timers that go by them. */
import { describe, expect, test } from 'vitest';
import { ProcessEnded, Processor } from '../../src/simulation/processor.ts';
import { ReplicaClock } from '../../src/simulation/replica-clock.ts';
import { VirtualTime } from '../../src/simulation/virtual-time.ts';

function machine() {
  const time = new VirtualTime();
  const clock = new ReplicaClock(time);
  const processor = new Processor(time, clock);
  const seen: string[] = [];
  const note = (what: string) => () => void seen.push(`${what} ${time.nowMs()}`);
  const runTo = (atMs: number): void => {
    time.after(atMs - time.nowMs(), () => undefined);
    while (time.nowMs() < atMs) time.step();
  };
  return { time, clock, processor, seen, note, runTo };
}

describe('virtual time', () => {
  test('events run by their time, and in the order of their making where that is equal', () => {
    const { time, seen, note } = machine();
    time.after(5, note('c'));
    time.after(1, note('a'));
    time.after(1, note('b'));
    while (time.step());
    expect(seen).toEqual(['a 1', 'b 1', 'c 5']);
    expect(time.events).toBe(3);
  });

  test('many events come out sorted', () => {
    const { time } = machine();
    const at: number[] = [];
    for (let n = 0; n < 500; n += 1) time.after((n * 7919) % 503, () => at.push(time.nowMs()));
    while (time.step());
    expect(at).toEqual(at.toSorted((a, b) => a - b));
  });
});

describe('the clock of a replica', () => {
  test('runs at its rate from the moment on at which that is set', () => {
    const { clock, runTo } = machine();
    runTo(100);
    expect(clock.nowMs()).toBe(100);
    clock.setRate(0.5);
    expect(clock.nowMs()).toBe(100);
    runTo(200);
    expect(clock.nowMs()).toBe(150);
    expect(clock.trueMs(10)).toBe(20);
  });

  test('stands still, its timers with it, while the wall clock goes on', () => {
    const { clock, processor, seen, note, runTo } = machine();
    processor.every(10, note('tick'));
    runTo(5);
    clock.standStill(100);
    processor.clockChanged();
    runTo(60);
    expect([clock.nowMs(), clock.wallMs()]).toEqual([5, 60]);
    clock.standStill(10);
    processor.clockChanged();
    runTo(111);
    expect(clock.nowMs()).toBe(11);
    expect(seen).toEqual(['tick 110']);
    clock.standStill(1_000);
    clock.goOn();
    processor.clockChanged();
    runTo(121);
    expect(seen).toEqual(['tick 110', 'tick 120']);
  });

  test('of the wall is set, and the other one is not', () => {
    const told: string[] = [];
    const clock = new ReplicaClock({ nowMs: () => 7 }, (what) => told.push(what));
    clock.setWall(-3);
    expect([clock.nowMs(), clock.wallMs()]).toEqual([7, 4]);
    expect(told).toEqual(['is set by -3 ms, that of the wall']);
  });

  test('jumps forward, and goes on at its rate', () => {
    const { clock, runTo } = machine();
    clock.setRate(2);
    runTo(10);
    clock.jump(1_000);
    expect(clock.nowMs()).toBe(1_020);
    runTo(15);
    expect(clock.nowMs()).toBe(1_030);
  });

  test('timers go by it: a slow clock fires late, a changed one from then on', () => {
    const { clock, processor, seen, note, runTo } = machine();
    clock.setRate(0.5);
    processor.every(10, note('tick'));
    runTo(50);
    clock.setRate(2);
    processor.clockChanged();
    runTo(61);
    expect(seen).toEqual(['tick 20', 'tick 40', 'tick 52.5', 'tick 57.5']);
  });

  test('after a jump an overdue timer fires once, not for each missed time', () => {
    const { clock, processor, seen, note, runTo } = machine();
    processor.every(10, note('tick'));
    runTo(15);
    clock.jump(100);
    processor.clockChanged();
    runTo(26);
    expect(seen).toEqual(['tick 10', 'tick 15', 'tick 25']);
  });
});

describe('a process', () => {
  test('does nothing while it is stopped; then its timers come first, each once', () => {
    const { processor, seen, note, runTo } = machine();
    processor.every(10, note('tick'));
    processor.stop(35);
    runTo(5);
    processor.take(note('message'));
    processor.defer(note('deferred'));
    runTo(46);
    expect(seen).toEqual(['tick 35', 'message 35', 'deferred 35', 'tick 45']);
  });

  test('goes on at once when it is healed, however long it was to be stopped', () => {
    const { processor, seen, note, runTo } = machine();
    processor.stop(Number.POSITIVE_INFINITY);
    processor.take(note('message'));
    runTo(50);
    processor.resume();
    runTo(51);
    expect(seen).toEqual(['message 50']);
  });

  test('does nothing any more when its life has ended', () => {
    const { processor, seen, note, runTo } = machine();
    const stop = processor.every(10, note('stopped'));
    processor.every(10, note('tick'));
    processor.defer(note('deferred'));
    stop();
    runTo(11);
    processor.end();
    processor.take(note('message'));
    runTo(50);
    expect(seen).toEqual(['deferred 0', 'tick 10']);
  });

  test('that ends itself gets no further; any other error comes out', () => {
    const { processor, seen } = machine();
    processor.take(() => {
      throw new ProcessEnded();
    });
    const broken = (): void => {
      seen.push('broken');
      throw new Error('a bug');
    };
    expect(() => processor.take(broken)).toThrow('a bug');
    expect(seen).toEqual(['broken']);
  });
});
