/** The examples of docs/histories.md. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseEdnLog } from '../../src/verify/edn-log.ts';
import { parseHistory } from '../../src/verify/history.ts';
import { parseJepsenLog } from '../../src/verify/jepsen-log.ts';
import { checkHistory } from '../../src/verify/linearizability.ts';
import { mapModel } from '../../src/verify/map.ts';
import { registerModel } from '../../src/verify/register.ts';
import { textModel } from '../../src/verify/text.ts';

const text = readFileSync(new URL('../../docs/histories.md', import.meta.url), 'utf8');
const BLOCK = /^```(?:jsonl|log|edn) ([\w-]+) (not )?linearizable\n(.*?)^```$/gms;
const blocks = [...text.matchAll(BLOCK)].map(([, model = '', not = '', example = '']) => {
  return [model, `${not}linearizable`, example] as const;
});

const CHECKS = new Map([
  ['register', (example: string) => checkHistory(parseHistory(example), registerModel)],
  ['map', (example: string) => checkHistory(parseHistory(example), mapModel)],
  ['etcd-register', (example: string) => checkHistory(parseJepsenLog(example), registerModel)],
  ['kv', (example: string) => checkHistory(parseEdnLog(example), textModel)],
]);

it.each(blocks)('an example of %s is %s, as the page says', (model, expected, example) => {
  const type = CHECKS.get(model)?.(example).type;
  expect(type).toBe(expected === 'linearizable' ? 'linearizable' : 'notLinearizable');
});

it('has an example of both verdicts, and of every model', () => {
  expect(blocks.length).toBe(7);
  expect(new Set(blocks.map(([model]) => model))).toEqual(new Set(CHECKS.keys()));
  expect(new Set(blocks.map(([, expected]) => expected)).size).toBe(2);
});

it('shows an explanation as the checker gives it', () => {
  const [, stale] = blocks;
  const [finding = ''] = checkHistory(parseHistory(stale?.[2] ?? ''), registerModel).findings;
  const shown = /^```text\n(.*?)\n```$/ms.exec(text)?.[1];
  expect(finding.split('\n').slice(0, 4).join('\n')).toBe(shown);
});
