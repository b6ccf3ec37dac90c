import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as rules from '../../src/paxos/acceptor-rules.ts';
import { importMutant, type Mutation } from './mutant.ts';

const FILE = 'paxos/acceptor-rules.ts';
const LOW = { round: 1, leader: 1 };
const HIGH = { round: 2, leader: 1 };

function mutant(mutation: Omit<Mutation, 'file'>): Promise<typeof rules> {
  return importMutant([{ file: FILE, ...mutation }], [FILE]);
}

describe('a mutant', () => {
  it('differs from the source in the text that was replaced, and nowhere else', async () => {
    const find = 'export function mayAccept(promised: Ballot, ballot: Ballot): boolean {';
    const broken = await mutant({ find, replace: `${find} return true;` });
    expect(rules.mayAccept(HIGH, LOW)).toBe(false);
    expect(broken.mayAccept(HIGH, LOW)).toBe(true);
    expect(broken.mayPromise(HIGH, LOW)).toBe(false);
  });

  it('is refused when the text is not there, or is there more than once', async () => {
    await expect(mutant({ find: 'no such text', replace: '' })).rejects.toThrow('stands 0 times');
    const twice = 'return isAtLeast(ballot, promised);';
    await expect(mutant({ find: twice, replace: '' })).rejects.toThrow('stands 2 times');
  });

  it('leaves nothing behind once it is loaded', async () => {
    const parent = resolve(import.meta.dirname, '../../runs/mutants');
    const find = 'export function mayPromise';
    const before = existsSync(parent) ? new Set(readdirSync(parent)) : new Set();
    const broken = await mutant({
      find,
      replace: `export const directory = import.meta.url;\n${find}`,
    });
    const url = String(Reflect.get(broken, 'directory'));
    const name = url.split('/mutants/')[1]?.split('/')[0] ?? '';
    expect(before.has(name)).toBe(false);
    expect(existsSync(join(parent, name))).toBe(false);
  });
});
