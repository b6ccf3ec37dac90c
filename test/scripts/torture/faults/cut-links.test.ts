/** Rules are laid over rules, and what one fault takes off is its own alone. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Links } from '../../../../scripts/links/links.ts';
import { cut, lay, recut } from '../../../../scripts/torture/faults/cut-links.ts';

let links: Links;

beforeEach(async () => {
  const targets = [1, 2, 3].map((id) => ({ id, host: '127.0.0.1', port: 1 }));
  links = await Links.open({ host: '127.0.0.1', targets });
});

afterEach(() => links.close());

test('two faults on one link', () => {
  const slow = lay(links, [[1, 2]], { delayMs: [1, 2] });
  const mend = cut(links, [[1, 2]]);
  expect(links.rulesOf(1, 2)).toEqual({ cut: true, delayMs: [1, 2] });
  expect(links.rulesOf(2, 1)).toEqual({});
  slow();
  expect(links.rulesOf(1, 2)).toEqual({ cut: true });
  mend();
  expect(links.rulesOf(1, 2)).toEqual({});
});

test('from one partition to another', () => {
  recut(
    links,
    [],
    [
      [1, 2],
      [2, 1],
    ],
  );
  recut(
    links,
    [
      [1, 2],
      [2, 1],
    ],
    [
      [1, 2],
      [1, 3],
    ],
  );
  const cuts = [links.rulesOf(1, 2), links.rulesOf(1, 3), links.rulesOf(2, 1)];
  expect(cuts.map((rules) => rules.cut === true)).toEqual([true, true, false]);
});
