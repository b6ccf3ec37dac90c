import { describe, expect, it } from 'vitest';
import { parseHistory, formatEvent } from '../../src/verify/history.ts';
import { checkHistory } from '../../src/verify/linearizability.ts';
import { registerModel } from '../../src/verify/register.ts';
import { recordRegister, story } from './stories.ts';

function verdictOf(text: string): string {
  return checkHistory(story(text), registerModel).type;
}

describe('a history', () => {
  it('is linearizable where nothing happened, and says how little that was', () => {
    expect(checkHistory([], registerModel)).toEqual({
      type: 'linearizable',
      keys: 0,
      knownCalls: 0,
      unknownCalls: 0,
      openParts: 0,
      findings: [],
    });
  });

  it('is not linearizable where a read gets what was overwritten before it began', () => {
    const verdict = checkHistory(
      story(`
        0 invoke write 1
        0 ok write 1
        1 invoke read
        1 ok read 1
        0 invoke write 2
        0 ok write 2
        1 invoke read
        1 ok read 1
      `),
      registerModel,
    );
    expect(verdict).toMatchObject({ type: 'notLinearizable', keys: 1, knownCalls: 4 });
    expect(verdict.findings).toEqual([
      [
        'key "k": not linearizable. No order explains process 1: read -> 1 (events 7 to 8)',
        '  After event 6 there can only be 2.',
        '  From there, these have no order, whatever else took effect:',
        '    process 1: read -> 1 (events 7 to 8)',
        '  Or: At the beginning there is null.',
        '  From there, these have no order, whatever else took effect:',
        '    process 0: write 1 (events 1 to 2)',
        '    process 0: write 2 (events 5 to 6)',
        '    process 1: read -> 1 (events 7 to 8)',
      ].join('\n'),
    ]);
  });

  it('lets a read that is open during a write get either value, but only one after the other', () => {
    const before = '0 invoke write 1 \n 1 invoke read';
    expect(verdictOf(`${before} \n 1 ok read null \n 0 ok write 1`)).toBe('linearizable');
    expect(verdictOf(`${before} \n 1 ok read 1 \n 0 ok write 1`)).toBe('linearizable');
    const then = (first: string, second: string) =>
      verdictOf(`${before} \n 1 ok read ${first} \n 1 invoke read \n 1 ok read ${second}`);
    expect(then('null', '1')).toBe('linearizable');
    expect(then('1', 'null')).toBe('notLinearizable');
  });

  it('lets an unknown write take effect at any later time, once, or never', () => {
    const unknown = '0 invoke write 1 \n 0 info write null !timed out';
    const reads = (...values: string[]) =>
      [unknown, ...values.map((value) => `1 invoke read \n 1 ok read ${value}`)].join('\n');
    expect(verdictOf(reads('null', 'null'))).toBe('linearizable');
    expect(verdictOf(reads('null', 'null', '1'))).toBe('linearizable');
    expect(verdictOf(reads('1', 'null'))).toBe('notLinearizable');
    expect(verdictOf(`1 invoke read \n 1 ok read 1 \n ${unknown}`)).toBe('notLinearizable');
    const twice = '1 invoke write 2 \n 1 ok write 2 \n 1 invoke read \n 1 ok read 1';
    expect(verdictOf(`${reads('1')} \n ${twice}`)).toBe('notLinearizable');
    expect(verdictOf(`${unknown} \n ${reads('1')} \n ${twice}`)).toBe('linearizable');
  });

  it('counts a call that never ended as unknown', () => {
    const open = '0 invoke write 1 \n 1 invoke read';
    expect(verdictOf(`${open} \n 1 ok read 1`)).toBe('linearizable');
    expect(verdictOf(`${open} \n 1 ok read null`)).toBe('linearizable');
  });

  it('holds that a failed call never took effect', () => {
    const failed = '0 invoke write 1 \n 0 fail write null !refused';
    expect(verdictOf(`${failed} \n 1 invoke read \n 1 ok read 1`)).toBe('notLinearizable');
  });

  it('reads a failed cas as a mismatch, but not where it was refused', () => {
    const failed = '0 invoke write 1 \n 0 ok write 1 \n 0 invoke cas [1,2] \n 0 fail cas [1,2]';
    expect(verdictOf(failed)).toBe('notLinearizable');
    expect(verdictOf(`${failed} !no leader`)).toBe('linearizable');
    expect(verdictOf('0 invoke cas [1,2] \n 0 fail cas [1,2]')).toBe('linearizable');
  });

  it('takes a cas from null as a creation', () => {
    const ends = '1 ok cas [null,1] \n 2 ok cas [null,2]';
    const begins = '1 invoke cas [null,1] \n 2 invoke cas [null,2]';
    expect(verdictOf(`${begins} \n ${ends}`)).toBe('notLinearizable');
    expect(verdictOf(`${begins} \n 1 ok cas null`)).toBe('linearizable');
  });

  it('is checked for each key alone, until one is refuted', () => {
    const verdict = checkHistory(
      story(`
        a: 0 invoke write 1
        a: 0 ok write 1
        b: 0 invoke read
        b: 0 ok read 1
        c: 0 invoke read
        c: 0 ok read 2
      `),
      registerModel,
    );
    expect(verdict).toMatchObject({ type: 'notLinearizable', keys: 3, openParts: 1 });
    expect(verdict.findings.map((text) => text.slice(0, 7))).toEqual(['key "b"']);
  });
});

describe('a long history', () => {
  const settings = { events: 4000, processes: 8, values: 100_000, unknownPercent: 1 };

  it.each([1, 2, 3])('of a true register passes, and fails once a read is stale (%i)', (seed) => {
    const events = recordRegister({ ...settings, seed });
    expect(checkHistory(events, registerModel)).toMatchObject({ type: 'linearizable', keys: 1 });
    const stale = events.find((event) => event.f === 'write' && event.type === 'ok')?.value;
    const at = events.findLastIndex((event) => event.f === 'read' && event.type === 'ok');
    const wrong = events.map((event, i) => (i === at ? { ...event, value: stale } : event));
    const verdict = checkHistory(wrong, registerModel);
    expect(verdict.type).toBe('notLinearizable');
    expect(verdict.findings.join()).toContain(`No order explains process`);
    expect(verdict.findings.join()).toContain(`read -> ${String(stale)}`);
    expect(verdict.findings.join().split('\n').length).toBeLessThan(50);
  });

  it('of a register with few values is decided too', () => {
    for (const seed of [1, 2, 3]) {
      const few = { events: 400, processes: 8, values: 5, unknownPercent: 2, seed };
      const events = recordRegister(few);
      expect(checkHistory(events, registerModel).type).toBe('linearizable');
      const at = events.findLastIndex((event) => event.f === 'read' && event.type === 'ok');
      const wrong = events.map((event, i) => (i === at ? { ...event, value: 99 } : event));
      expect(checkHistory(wrong, registerModel).type).toBe('notLinearizable');
    }
  });

  it('goes through its file format unchanged', () => {
    const events = recordRegister({ ...settings, seed: 4 });
    const text = events.map((event) => `${formatEvent(event)}\n`).join('');
    expect(parseHistory(text)).toMatchObject(events);
  });
});
