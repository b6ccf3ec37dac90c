/** Files of a data directory that are damaged: the file that was meant, in the way that was meant, and no other. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Random } from '../../../../src/simulation/random.ts';
import { damage, type DamageOptions } from '../../../../scripts/torture/damage/damage.ts';
import { victimFiles } from '../../../../scripts/torture/damage/victim-file.ts';

const FILES = [
  'log/000003.log',
  'log/000005.ldb',
  'log/CURRENT',
  'log/LOG',
  'log/MANIFEST-000002',
  'state-2/000007.log',
  'state-2/CURRENT',
  'identity.json',
  'witness',
];
const BYTES = 20_000;

/** Each file is full of bytes that never come twice in a row. */
function layOut(): string {
  const directory = mkdtempSync(join(tmpdir(), 'synod-damage-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const folder of ['log', 'state-2']) mkdirSync(join(directory, folder));
  const bytes = Buffer.from(Array.from({ length: BYTES }, (_, at) => 1 + (at % 251)));
  for (const name of FILES) writeFileSync(join(directory, name), bytes);
  return directory;
}

function damaged(options: Omit<DamageOptions, 'random'>, seed = 1) {
  const directory = layOut();
  const before = join(directory, '..', `${directory}-before`);
  cpSync(directory, before, { recursive: true });
  onTestFinished(() => rmSync(before, { recursive: true, force: true }));
  const random = new Random(seed);
  const said = damage(directory, { ...options, random: () => random.next() });
  const changed = FILES.filter((name) => {
    const path = join(directory, name);
    return !existsSync(path) || !readFileSync(path).equals(readFileSync(join(before, name)));
  });
  const path = join(directory, changed[0] ?? '');
  return { said, changed, left: existsSync(path) ? readFileSync(path) : undefined };
}

const ORIGINAL = Buffer.from(Array.from({ length: BYTES }, (_, at) => 1 + (at % 251)));

function differing(left: Buffer | undefined): readonly number[] {
  return [...ORIGINAL.keys()].filter((at) => left?.at(at) !== ORIGINAL.at(at));
}

describe('damage', () => {
  it('finds the files that hold votes and state, and no others', () => {
    const found = victimFiles(layOut()).map(({ path, kind }) => [path, kind]);
    expect(found).toEqual([
      ['log/000003.log', 'journal'],
      ['log/000005.ldb', 'table'],
      ['log/CURRENT', 'current'],
      ['log/MANIFEST-000002', 'manifest'],
      ['state-2/000007.log', 'journal'],
      ['state-2/CURRENT', 'current'],
      ['witness', 'witness'],
    ]);
  });

  it('flips bits, as many as are asked for', () => {
    const { said, changed, left } = damaged({ what: 'flip', files: ['table'], flips: 1e-4 });
    expect(said).toBe('16 bits flipped of log/000005.ldb (20000 bytes)');
    expect(changed).toEqual(['log/000005.ldb']);
    expect(differing(left).length).toBeGreaterThan(8);
    expect(differing(left).length).toBeLessThanOrEqual(16);
  });

  it('zeroes a block', () => {
    const { left } = damaged({ what: 'zero', files: ['witness'] });
    const places = differing(left);
    expect(places[0]).toBe(Math.floor((places[0] ?? 1) / 4096) * 4096);
    expect(places.every((at) => left?.at(at) === 0)).toBe(true);
    expect([BYTES % 4096, 4096]).toContain(places.length);
  });

  it('copies a chunk of the file over another', () => {
    const { said, changed, left } = damaged({ what: 'copy', room: 'state' });
    expect(said).toMatch(/^\d+ bytes at \d+ copied to \d+ of state-2\//);
    expect(changed).toHaveLength(1);
    expect(left).toHaveLength(BYTES);
  });

  it('cuts off an end', () => {
    const { said, left } = damaged({ what: 'truncate', files: ['journal'] });
    const [, cut] = /^the last (\d+) bytes cut off/.exec(said) ?? [];
    expect(left?.equals(ORIGINAL.subarray(0, BYTES - Number(cut)))).toBe(true);
    expect(Number(cut)).toBeGreaterThan(0);
  });

  it('deletes a file', () => {
    const { said, changed, left } = damaged({ what: 'delete', files: ['manifest'] });
    expect(said).toBe('deleted: all of log/MANIFEST-000002 (20000 bytes)');
    expect([changed, left]).toEqual([['log/MANIFEST-000002'], undefined]);
  });

  it('puts back a chunk of an older copy', () => {
    const olderCopy = layOut();
    writeFileSync(join(olderCopy, 'witness'), Buffer.alloc(BYTES, 0xff));
    const { left } = damaged({ what: 'old', files: ['witness'], olderCopy });
    const places = differing(left);
    expect(places.length).toBeGreaterThan(0);
    expect(places.every((at) => left?.at(at) === 0xff)).toBe(true);
  });

  it('says so where no file fits', () => {
    expect(() => damage(layOut(), { what: 'old', random: Math.random })).toThrow(
      'no file for this damage',
    );
  });
});
