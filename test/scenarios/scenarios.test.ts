/**
 * The five scenarios, message by message, against transcripts that are reviewed like code.
 * `SYNOD_GOLDEN=write npx vitest run test/scenarios` writes them anew; look at the difference.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { play } from './script.ts';

const SCRIPTS = join(import.meta.dirname, 'scripts');
const GOLDEN = join(import.meta.dirname, 'golden');
const LESSONS = join(import.meta.dirname, '../../docs/lessons.md');

/** Those that the lessons print; the others they link. */
const PRINTED = ['single', 'many', 'livelock-for-ever', 'multi'];
const isWriting = process.env['SYNOD_GOLDEN'] === 'write';
const names = readdirSync(SCRIPTS).map((file) => basename(file, '.txt'));

function script(name: string): string {
  return readFileSync(join(SCRIPTS, `${name}.txt`), 'utf8');
}

function golden(name: string): string {
  return readFileSync(join(GOLDEN, `${name}.txt`), 'utf8');
}

/** The lessons with the first block of text after the transcript's link replaced by it. */
function print(lessons: string, name: string): string {
  const link = lessons.indexOf(`](../test/scenarios/golden/${name}.txt)`);
  const start = lessons.indexOf('```text\n', link) + '```text\n'.length;
  const end = lessons.indexOf('```', start);
  expect(link, `${name} is linked`).toBeGreaterThan(-1);
  return `${lessons.slice(0, start)}${golden(name)}${lessons.slice(end)}`;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe('golden transcripts', () => {
  it.each(names)('%s', (name) => {
    const { text } = play(script(name));
    if (isWriting) writeFileSync(join(GOLDEN, `${name}.txt`), text);
    expect(text).toBe(golden(name));
  });

  it('belong to a script, each of them', () => {
    expect(readdirSync(GOLDEN).map((file) => basename(file, '.txt'))).toEqual(names);
  });

  it('are printed in the lessons as they are', () => {
    const lessons = PRINTED.reduce(print, readFileSync(LESSONS, 'utf8'));
    if (isWriting) writeFileSync(LESSONS, lessons);
    expect(readFileSync(LESSONS, 'utf8')).toBe(lessons);
    for (const name of names) expect(lessons).toContain(`test/scenarios/golden/${name}.txt`);
  });
});

/** What must stand in the transcripts, whatever else they say. */
describe('what the scenarios show', () => {
  it('single: chosen at the second accept; proposer and learner learn on their second accepted', () => {
    const { text } = play(script('single'));
    expect(text).toContain("A2 promised 1, accepted (1,'cat') -- CHOSEN 'cat'");
    expect(text).toContain("P1 learns 'cat'");
    expect(text).toContain("L1 learns 'cat'");
    expect(text).not.toContain('A3 promised');
  });

  it('many: who comes late must give up its value', () => {
    const { text } = play(script('many'));
    expect(text).toContain('rejected(1, promised 2)');
    expect(text).toContain("promise(3, accepted (2,'dog'))");
    expect(text).toContain("P1 must give up 'cat' for 'dog'");
    expect(text).toContain("P1 learns 'dog'");
    expect(text).not.toContain("learns 'cat'");
  });

  it('livelock lasts for ever: after each round everything is as before, but for the ballots', () => {
    const shapes = [1, 2, 3, 50].map((rounds) => {
      const text = script('livelock-for-ever').replace('times 3', `times ${rounds}`);
      return play(text).shape;
    });
    expect(new Set(shapes).size).toBe(1);
    const onward = play(`${script('livelock-for-ever')}\ndeliver accept P1 > A1`);
    expect(shapes).not.toContain(onward.shape);
  });

  it('livelock lasts with a fixed delay, ends with a random one, and ends with a leader', () => {
    const fixed = script('livelock-fixed-delay').replace('wait 20', 'wait 5000');
    expect(play(fixed).text).not.toContain('CHOSEN');
    for (const name of ['livelock-back-off', 'livelock-leader']) {
      const { text } = play(script(name));
      expect(count(text, 'CHOSEN')).toBe(1);
      expect(text).toMatch(/L1 learns/);
    }
  });

  it('livelock ends with randomised back-off, whatever the seed', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const { text } = play(script('livelock-back-off').replace(/seed \d+/, `seed ${seed}`));
      const learned = [...text.matchAll(/(P1|P2|L1) learns '(\w+)'/g)];
      expect(learned).toHaveLength(3);
      expect(new Set(learned.map((match) => match[2])).size).toBe(1);
    }
  });

  it('multi: one phase 1, then accepts only, chosen out of order, handed on in order', () => {
    const { text } = play(script('multi'));
    expect(count(text, 'promise(')).toBe(1 + 1);
    expect(text.indexOf('slot 5 -- CHOSEN')).toBeLessThan(text.indexOf('slot 2 -- CHOSEN'));
    for (const replica of ['R1', 'R2', 'R3']) {
      expect(text).toContain(`${replica} hands on NOOP 'cat' 'dog' 'pig' 'bird'`);
    }
  });

  it('blackbox: several values go in, one comes out, and stays, whatever the seed', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const { text } = play(script('blackbox').replace(/seed \d+/, `seed ${seed}`));
      const learned = [...text.matchAll(/(P\d|L1) learns '(\w+)'/g)].map((match) => match[2]);
      expect(learned).toHaveLength(6);
      expect(new Set(learned).size).toBe(1);
      expect(['cat', 'pig', 'bird', 'dog']).toContain(learned[0]);
    }
  });
});

describe('a script', () => {
  it('that names a message which is not on its way is refused, with what went before', () => {
    const wrong = 'cast P1 A1 A2 A3 L1\npropose P1 cat\ndeliver promise A1 > P1';
    expect(() => play(wrong)).toThrow(/deliver promise A1 > P1[^]*P1: propose 'cat'/);
  });

  it('that lets two proposers use one round must show whole ballots', () => {
    const wrong = 'cast P1 P2 A1 A2 A3 L1\npropose P1 cat\npropose P2 dog';
    expect(() => play(wrong)).toThrow('propose P2 dog');
    expect(() => play(`ballots full\n${wrong}`)).not.toThrow();
  });

  it('can lose a message and repeat another', () => {
    const script = `cast P1 A1 A2 A3 L1
      propose P1 cat
      drop prepare P1 > A3
      repeat prepare P1 > A1
      rest`;
    const { text } = play(script);
    expect(text).toContain('x|');
    expect(text).toContain('prepare(1) lost');
    expect(count(text, 'A1 promised 1')).toBeGreaterThan(1);
    expect(text).toContain("L1 learns 'cat'");
  });
});
