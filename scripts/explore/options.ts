/** What `npm run explore -- ...` may be told. */
import { parseArgs } from 'node:util';
import {
  ALL_REDUCTIONS,
  type CoreScope,
  DEFAULT_CORE_SCOPE,
  NO_REDUCTIONS,
  type Reductions,
} from '../../src/exploration/core/scope.ts';
import type { ExplorationLimits } from '../../src/exploration/explorer.ts';

export const USAGE = `usage: npm run explore -- [--model core] [--replicas N] [--proposers N] [--slots N]
                          [--campaigns N] [--crashes N] [--losses N] [--duplicates N]
                          [--next-voters IDS] [--non-voting IDS]
                          [--heartbeats] [--no-reductions] [--without NAME] [--paths]
                          [--max-states N] [--max-memory-mb N]
       npm run explore -- --model paxos-example

  --replicas N       members, all of them voters; 3
  --non-voting IDS   who of them is no voter in the first epoch, such as 4
  --next-voters IDS  replica 1 ends the first epoch, instead of giving a command; the second is for
                     these voters, such as 1,2
  --proposers N      replicas that campaign, with one command each; 2
  --slots N          slots of the log; 2
  --campaigns N      how often each proposer campaigns; 1
  --crashes N        crashes, each with a restart, all together; 1
  --losses N         messages that are lost; 0. One that never arrives does as much
  --duplicates N     messages that arrive once more; 0
  --heartbeats       the heartbeats that a new leader sends at once arrive too
  --no-reductions    explores also what is known to make no difference
  --without NAME     without that reduction: chosenVictim, selfAtOnce or deadMessages
  --paths            prints a shortest path to everything that must be reached
  --max-states N     1000000000
  --max-memory-mb N  of the states that were seen and those to come; 8192

Status 0: every state was looked at, and all is well; 1: an invariant is violated, or something that
must be reached is not; 2: usage; 3: a limit ended the search.
`;

const MEBIBYTE = 1024 ** 2;

export type Order =
  | { readonly type: 'help' }
  | {
      readonly type: 'explore';
      readonly model: 'core' | 'paxos-example';
      /** Of the core. */
      readonly scope: CoreScope;
      readonly limits: Partial<ExplorationLimits>;
      readonly printsPaths: boolean;
    };

/** Throws where they make no sense. */
export function readOrder(args: readonly string[]): Order {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: 'string', default: 'core' },
      replicas: { type: 'string' },
      proposers: { type: 'string' },
      slots: { type: 'string' },
      campaigns: { type: 'string' },
      crashes: { type: 'string' },
      losses: { type: 'string' },
      duplicates: { type: 'string' },
      'next-voters': { type: 'string' },
      'non-voting': { type: 'string' },
      heartbeats: { type: 'boolean', default: false },
      'no-reductions': { type: 'boolean', default: false },
      without: { type: 'string', multiple: true, default: [] },
      paths: { type: 'boolean', default: false },
      'max-states': { type: 'string' },
      'max-memory-mb': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { type: 'help' };
  const { model } = values;
  if (model !== 'core' && model !== 'paxos-example')
    throw new Error(`--model: there is no ${model}`);
  const known = DEFAULT_CORE_SCOPE;
  const scope: CoreScope = {
    replicas: count('--replicas', values.replicas, { from: 1, or: known.replicas }),
    proposers: count('--proposers', values.proposers, { from: 1, or: known.proposers }),
    slots: count('--slots', values.slots, { from: 1, or: known.slots }),
    campaigns: count('--campaigns', values.campaigns, { from: 1, or: known.campaigns }),
    nextVoters: ids('--next-voters', values['next-voters']),
    nonVoting: ids('--non-voting', values['non-voting']),
    crashes: count('--crashes', values.crashes, { from: 0, or: known.crashes }),
    losses: count('--losses', values.losses, { from: 0, or: known.losses }),
    duplicates: count('--duplicates', values.duplicates, { from: 0, or: known.duplicates }),
    heartbeats: values.heartbeats,
    reductions: values['no-reductions'] ? NO_REDUCTIONS : reductionsWithout(values.without),
  };
  if (scope.proposers > scope.replicas)
    throw new Error('--proposers: more than there are replicas');
  const limits = limitsOf(values);
  return { type: 'explore', model, scope, limits, printsPaths: values.paths };
}

function reductionsWithout(names: readonly string[]): Reductions {
  const unknown = names.find((name) => !Object.hasOwn(ALL_REDUCTIONS, name));
  if (unknown !== undefined) throw new Error(`--without: there is no ${unknown}`);
  return { ...ALL_REDUCTIONS, ...Object.fromEntries(names.map((name) => [name, false])) };
}

function limitsOf(values: {
  readonly 'max-states'?: string | undefined;
  readonly 'max-memory-mb'?: string | undefined;
}): Partial<ExplorationLimits> {
  const states = values['max-states'];
  const mebibytes = values['max-memory-mb'];
  const at = { from: 1, or: 1 };
  return {
    ...(states === undefined ? {} : { maxStates: count('--max-states', states, at) }),
    ...(mebibytes === undefined
      ? {}
      : { maxMemoryBytes: count('--max-memory-mb', mebibytes, at) * MEBIBYTE }),
  };
}

/** Replica ids, with commas between them; none where nothing is given. */
function ids(name: string, given: string | undefined): readonly number[] {
  if (given === undefined) return [];
  return given.split(',').map((one) => count(name, one, { from: 1, or: 1 }));
}

function count(
  name: string,
  text: string | undefined,
  { from, or }: { readonly from: number; readonly or: number },
): number {
  if (text === undefined) return or;
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= from) return number;
  throw new Error(`${name}: not a whole number from ${from} on: ${text}`);
}
