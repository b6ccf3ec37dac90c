import { describe, expect, it } from 'vitest';

import { parseOptions } from '../../../scripts/bench/options.ts';

describe('the options of the bench', () => {
  it('measures as the targets ask for, unless told otherwise', () => {
    expect(parseOptions([])).toMatchObject({
      rounds: 5,
      seconds: 8,
      keys: 100_000,
      valueBytes: 256,
      connections: [1, 64, 256],
      operations: ['put', 'get'],
      failovers: 10,
    });
  });

  it('takes what is given beside --quick', () => {
    expect(parseOptions(['--quick', '--rounds', '7'])).toMatchObject({ rounds: 7, seconds: 2 });
  });

  it.each([
    [['--rounds', '0'], 'whole number'],
    [['--rounds', '1.5'], 'whole number'],
    [['--only', 'everything'], 'none of'],
    [['--operations', 'delete'], 'none of'],
    [['--connections', '1,,2'], 'whole number'],
    [['--unheard-of'], 'Unknown option'],
    [['stray'], 'Unexpected argument'],
  ])('refuses %j', (args, why) => {
    expect(() => parseOptions(args)).toThrow(why);
  });
});
