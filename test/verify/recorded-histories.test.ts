import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseEdnLog } from '../../src/verify/edn-log.ts';
import { parseJepsenLog } from '../../src/verify/jepsen-log.ts';
import { checkHistory } from '../../src/verify/linearizability.ts';
import { registerModel } from '../../src/verify/register.ts';
import { textModel } from '../../src/verify/text.ts';

const HISTORY_MS = 10_000;
const directory = new URL('../data/histories/', import.meta.url);

function read(name: string): string {
  return readFileSync(new URL(name, directory), 'utf8');
}

const verdicts = new Map<string, unknown>(Object.entries(JSON.parse(read('verdicts.json'))));

it.each([...verdicts])('%s: linearizable %s', { timeout: HISTORY_MS }, (name, expected) => {
  const verdict = name.startsWith('etcd/')
    ? checkHistory(parseJepsenLog(read(name)), registerModel)
    : checkHistory(parseEdnLog(read(name)), textModel);
  expect(verdict.type).toBe(expected === true ? 'linearizable' : 'notLinearizable');
  expect(verdict.findings.length > 0).toBe(expected === false);
  expect(verdict.knownCalls).toBeGreaterThan(30);
});

it('has a verdict for every recorded history', () => {
  const files = ['etcd', 'kv'].flatMap((folder) =>
    readdirSync(new URL(folder, directory)).map((name) => `${folder}/${name}`),
  );
  expect(files.toSorted()).toEqual([...verdicts.keys()].toSorted());
  expect(files.length).toBe(71);
});
