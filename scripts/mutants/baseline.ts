/**
 * The twin of every mutant: the same copy without a bug. Seeds that find bugs say nothing unless
 * it passes them.
 */
import type { Hunt } from './hunt.ts';
import type { Options } from './options.ts';
import { type HuntingOptions, Hunting } from './hunting.ts';
import type { SourceCopies } from './source-copy.ts';

/** The first seed that the source as it is does not pass, in words; undefined: it passes all. */
export async function baselineProblem(
  seeds: readonly number[],
  { jobs, seedMs }: Options,
  copies: SourceCopies,
): Promise<string | undefined> {
  let found: string | undefined;
  const mutant = { id: 'baseline', expected: [] };
  const copy = () => copies.make('baseline', () => Promise.resolve([]));
  const quarry = { mutant, seeds, copy };
  const options: HuntingOptions = {
    jobs,
    seedMs,
    keepsCopies: false,
    onOutcome: ({ hunt, problem }) => {
      found = problem ?? failureOf(hunt);
    },
  };
  if (seeds.length > 0) await new Hunting([quarry], options).run();
  return found;
}

function failureOf({ kill }: Hunt): string | undefined {
  return kill === undefined ? undefined : `seed ${kill.seed} fails without a bug: ${kill.message}`;
}
