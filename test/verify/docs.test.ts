/** The examples of docs/histories.md. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkBank } from '../../src/verify/bank.ts';
import { checkCounter } from '../../src/verify/counter.ts';
import { parseEdnLog } from '../../src/verify/edn-log.ts';
import { parseHistory } from '../../src/verify/history.ts';
import { parseJepsenLog } from '../../src/verify/jepsen-log.ts';
import { checkHistory } from '../../src/verify/linearizability.ts';
import { checkLock } from '../../src/verify/lock.ts';
import { mapModel } from '../../src/verify/map.ts';
import { registerModel } from '../../src/verify/register.ts';
import { checkSet } from '../../src/verify/set.ts';
import { checkStaleness } from '../../src/verify/staleness.ts';
import { textModel } from '../../src/verify/text.ts';
import { checkWatch } from '../../src/verify/watch.ts';

const text = readFileSync(new URL('../../docs/histories.md', import.meta.url), 'utf8');
const BLOCK = /^```(?:jsonl|log|edn) ([\w-]+) ((?:not )?linearizable|passed|failed)\n(.*?)^```$/gms;
const blocks = [...text.matchAll(BLOCK)].map(([, model = '', expected = '', example = '']) => {
  return [model, expected, example] as const;
});

const CHECKS = new Map<string, (example: string) => { readonly type: string }>([
  ['register', (example: string) => checkHistory(parseHistory(example), registerModel)],
  ['map', (example: string) => checkHistory(parseHistory(example), mapModel)],
  ['etcd-register', (example: string) => checkHistory(parseJepsenLog(example), registerModel)],
  ['kv', (example: string) => checkHistory(parseEdnLog(example), textModel)],
  ['set', (example: string) => checkSet(parseHistory(example))],
  ['counter', (example: string) => checkCounter(parseHistory(example))],
  ['bank', (example: string) => checkBank(parseHistory(example))],
  ['lock', (example: string) => checkLock(parseHistory(example))],
  ['watch', (example: string) => checkWatch(parseHistory(example))],
  ['staleness', (example: string) => checkStaleness(parseHistory(example))],
]);

it.each(blocks)('an example of %s is %s, as the page says', (model, expected, example) => {
  const type = CHECKS.get(model)?.(example).type;
  expect(type).toBe(expected === 'not linearizable' ? 'notLinearizable' : expected);
});

it('has an example of each verdict, and of every model', () => {
  expect(blocks.length).toBe(19);
  expect(new Set(blocks.map(([model]) => model))).toEqual(new Set(CHECKS.keys()));
  expect(new Set(blocks.map(([, expected]) => expected)).size).toBe(4);
});

it('shows an explanation as the checker gives it', () => {
  const [, stale] = blocks;
  const [finding = ''] = checkHistory(parseHistory(stale?.[2] ?? ''), registerModel).findings;
  const shown = /^```text\n(.*?)\n```$/ms.exec(text)?.[1];
  expect(finding.split('\n').slice(0, 4).join('\n')).toBe(shown);
});
