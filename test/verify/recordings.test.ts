/** The recordings of others, and what else may stand in such files. */
import { describe, expect, it } from 'vitest';
import { parseEdn } from '../../src/verify/edn.ts';
import { parseEdnLog } from '../../src/verify/edn-log.ts';
import { parseJepsenLog } from '../../src/verify/jepsen-log.ts';
import { checkHistory } from '../../src/verify/linearizability.ts';
import { registerModel } from '../../src/verify/register.ts';
import { textModel } from '../../src/verify/text.ts';

/** A log from `PROCESS TYPE F VALUE`, one a line. */
function log(...events: readonly string[]): string {
  return events.map((event) => `INFO  jepsen.util - ${event.replaceAll(' :', '\t:')}\n`).join('');
}

function verdictOf(...events: readonly string[]): string {
  return checkHistory(parseJepsenLog(log(...events)), registerModel).type;
}

describe('a log of Jepsen', () => {
  it('is read past what is no event', () => {
    const text = [
      'INFO  jepsen.core - Worker 0 starting',
      'INFO  jepsen.util - 12\t:invoke\t:cas\t[1 2]',
      '',
      'INFO  jepsen.util - :nemesis\t:info\t:start\t"Cut off"',
      'INFO  jepsen.util - 12\t:fail\t:cas\t[1 2]\r',
      'INFO   jepsen.util  -  1   :invoke :read  nil  ',
      'WARN  jepsen.util - 1\t:ok\t:read\t3',
      'INFO  jepsen.util - 1\t:fail\t:read\t:timed-out',
    ].join('\n');
    const ofKey = { key: 'register' };
    const error = ':timed-out';
    expect(parseJepsenLog(text)).toEqual([
      { process: 12, type: 'invoke', f: 'cas', ...ofKey, value: [1, 2], time: 2, line: 2 },
      { process: 12, type: 'fail', f: 'cas', ...ofKey, value: [1, 2], time: 5, line: 5 },
      { process: 1, type: 'invoke', f: 'read', ...ofKey, value: null, time: 6, line: 6 },
      { process: 1, type: 'fail', f: 'read', ...ofKey, value: null, time: 8, line: 8, error },
    ]);
  });

  it.each(['1 :ok :read [1]', '1 :invoke :write nil', '1 :invoke :cas [1]', '1 :ok :read'])(
    'is refused, with the number of the line, where an event has no such value: %s',
    (event) => {
      expect(() => parseJepsenLog(`\n${log(event)}`)).toThrow('line 2: ');
    },
  );

  const begun = '1 :invoke :write 1';
  const seen = ['2 :invoke :read nil', '2 :ok :read 1'];
  const unseen = ['2 :invoke :read nil', '2 :ok :read nil'];

  it.each([
    ['gets an info, whatever it says', [begun, '1 :info :write :indeterminate "Socket closed"']],
    [
      'is followed by another of its process',
      [begun, '1 :invoke :cas [7 8]', '1 :fail :cas [7 8]'],
    ],
    ['is the last of all', [begun]],
  ])('leaves open what became of a call that %s', (_, events) => {
    expect(verdictOf(...events, ...seen)).toBe('linearizable');
    expect(verdictOf(...events, ...unseen, ...seen)).toBe('linearizable');
    expect(verdictOf(...events, ...seen, ...unseen)).toBe('notLinearizable');
  });

  it('tells a cas that did not match from one that was refused', () => {
    const cas = [begun, '1 :ok :write 1', '1 :invoke :cas [1 2]'];
    expect(verdictOf(...cas, '1 :fail :cas [1 2]')).toBe('notLinearizable');
    expect(verdictOf(...cas, '1 :fail :cas :timed-out')).toBe('linearizable');
    expect(verdictOf('1 :invoke :cas [0 1]', '1 :ok :cas [0 1]')).toBe('notLinearizable');
  });

  it('tells large numbers apart', () => {
    const large = ['1 :invoke :write 9007199254740993', '1 :ok :write 9007199254740993'];
    const read = [...large, '1 :invoke :read nil'];
    expect(verdictOf(...read, '1 :ok :read 9007199254740993')).toBe('linearizable');
    expect(verdictOf(...read, '1 :ok :read 9007199254740992')).toBe('notLinearizable');
  });

  it('has endings of the calls that were made only', () => {
    expect(() => verdictOf('1 :ok :write 1')).toThrow('line 1: no such call');
    expect(() => verdictOf(begun, '1 :ok :write 2')).toThrow('line 2: ');
  });
});

function line(process: number, type: string, f: string, value: string): string {
  return `{:process ${process}, :type :${type}, :f :${f}, :key "k", :value ${value}}\n`;
}

function textVerdictOf(...lines: readonly string[]): string {
  return checkHistory(parseEdnLog(lines.join('')), textModel).type;
}

describe('a history in EDN', () => {
  it('may have its members in any order, and others besides', () => {
    const text = [
      '{:process 9, :type :ok, :f :append, :key "0", :value "x 9 0 y"}\r',
      '   ',
      '{:value nil :key "ä" , :time 1.5 :tags [:a (1 "b") {}], :f :get :type :invoke :process 2}',
    ].join('\n');
    expect(parseEdnLog(text)).toEqual([
      { process: 9, type: 'ok', f: 'append', key: '0', value: 'x 9 0 y', time: 1, line: 1 },
      { process: 2, type: 'invoke', f: 'get', key: 'ä', value: null, time: 3, line: 3 },
    ]);
  });

  it('may hold any text', () => {
    expect(parseEdn(String.raw`"a\"b\\c\n\té😀}"`)).toBe('a"b\\c\n\té😀}');
  });

  const good = '{:process 0, :type :invoke, :f :get, :key "k", :value nil}';
  it.each([
    ['no map', '[]'],
    ['half a map', good.slice(0, -1)],
    ['two maps', `${good} ${good}`],
    ['no process', good.replace(':process 0, ', '')],
    ['another type', good.replace(':invoke', ':begin')],
    ['a type that is a text', good.replace(':invoke', '"invoke"')],
    ['a key that is no text', good.replace('"k"', '7')],
    ['a member twice', good.replace(':f :get', ':f :get, :f :put')],
    ['an escape that is none', good.replace('"k"', String.raw`"\q"`)],
    ['words', 'process 0 invokes get'],
  ])('is refused, with the number of the line, where a line holds %s', (_, wrong) => {
    expect(() => parseEdnLog(`${good}\n${wrong}\n`)).toThrow('line 2 is no event: ');
  });

  it('leaves open what became of a call without an ending', () => {
    const lost = line(1, 'invoke', 'append', '"a"');
    const got = (text: string) => line(2, 'invoke', 'get', 'nil') + line(2, 'ok', 'get', text);
    const next = line(1, 'invoke', 'append', '"b"') + line(1, 'ok', 'append', '"b"');
    expect(textVerdictOf(lost, next, got('"ba"'))).toBe('linearizable');
    expect(textVerdictOf(lost, next, got('"b"'), got('"ba"'))).toBe('linearizable');
    expect(textVerdictOf(lost, next, got('"a"'))).toBe('notLinearizable');
    expect(textVerdictOf(got('nil'), got('""'))).toBe('linearizable');
  });
});
