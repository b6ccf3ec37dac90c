import { describe, expect, it } from 'vitest';
import { attemptsOf } from '../../src/verify/attempt.ts';
import { formatEvent, parseHistory } from '../../src/verify/history.ts';
import { checkHistory } from '../../src/verify/linearizability.ts';
import { registerModel } from '../../src/verify/register.ts';
import { textModel } from '../../src/verify/text.ts';
import { story } from './stories.ts';

const line = '{"process":0,"type":"invoke","f":"write","key":"k","value":1,"time":12}';

describe('the file of a history', () => {
  it('is JSON lines', () => {
    const [event, ...others] = parseHistory(`${line}\n`);
    expect(others).toEqual([]);
    expect(event).toEqual({
      process: 0,
      type: 'invoke',
      f: 'write',
      key: 'k',
      value: 1,
      time: 12,
      line: 1,
    });
    expect(event === undefined ? '' : formatEvent(event)).toBe(line);
    expect(parseHistory('')).toEqual([]);
    expect(parseHistory(`\n${line}\r\n\r\n${line}`).map((read) => read.line)).toEqual([2, 4]);
  });

  it('may say which replica was asked', () => {
    const asked = line.replace('}', ',"replica":3}');
    const [event] = parseHistory(asked);
    expect(event?.replica).toBe(3);
    expect(event === undefined ? '' : formatEvent(event)).toBe(asked);
  });

  it.each([
    ['no JSON', 'x'],
    ['a list', '[]'],
    ['a number that is none', line.replace('12', '1e999')],
    ['a number too large', line.replace('1,"time', '9007199254740993,"time')],
    ['a process that is no number', line.replace('"process":0', '"process":"0"')],
    ['another type', line.replace('invoke', 'begin')],
    ['no f', line.replace('"f":"write",', '')],
    ['no key', line.replace('"key":"k",', '')],
    ['no time', line.replace(',"time":12', '')],
    ['an error that is no text', line.replace('}', ',"error":1}')],
    ['a replica that is no number', line.replace('}', ',"replica":"3"}')],
    ['a replica 0', line.replace('}', ',"replica":0}')],
    ['a member too many', line.replace('}', ',"node":1}')],
  ])('is refused, with the number of the line, where a line holds %s', (_, wrong) => {
    expect(() => parseHistory(`${line}\n${wrong}\n`)).toThrow(/^line 2 of the history: /);
  });
});

describe('the events of a history', () => {
  it.each([
    ['an ending without a beginning', '0 ok read 1'],
    ['two calls of one process at once', '0 invoke read \n 0 invoke read'],
    ['the ending of another call', '0 invoke read \n 0 ok write 1'],
    ['the ending of a call on another key', 'a: 0 invoke read \n b: 0 ok read 1'],
    ['two endings', '0 invoke read \n 0 ok read 1 \n 0 ok read 1'],
  ])('are refused where they hold %s', (_, text) => {
    expect(() => attemptsOf(story(text))).toThrow(/^event \d: /);
  });

  it('are refused where the time goes back, or is none', () => {
    const [first, second] = story('0 invoke read \n 0 ok read 1');
    if (first === undefined || second === undefined) throw new Error('two events');
    expect(() => attemptsOf([first, { ...second, time: -1 }])).toThrow('event 2: the time');
    expect(() => attemptsOf([{ ...first, time: Number.NaN }])).toThrow('event 1: the time');
  });

  it('let a process call again after an unknown outcome', () => {
    const attempts = attemptsOf(
      story('0 invoke write 1 \n 0 info write 1 \n 0 invoke read \n 0 ok read 1'),
    );
    expect(attempts.map(({ f, invoked, ending }) => [f, invoked, ending?.at])).toEqual([
      ['write', 1, undefined],
      ['read', 3, 4],
    ]);
  });

  it.each(['0 invoke append 1', '0 invoke cas 1', '0 invoke cas [1,2,3]'])(
    'are refused where the model has no such call: %s',
    (text) => {
      expect(() => checkHistory(story(text), registerModel)).toThrow(/^event 1: a register has no/);
    },
  );

  it.each(['0 invoke read', '0 invoke put 1', '0 invoke get \n 0 ok get 1'])(
    'are refused where a text has no such call: %s',
    (text) => {
      expect(() => checkHistory(story(text), textModel)).toThrow(/^event [12]: /);
    },
  );
});
