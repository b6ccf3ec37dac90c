/** What `npm run simulate -- ...` may be told. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run simulate -- [--seeds N] [--from SEED] [--minutes M] [options]
       npm run simulate -- --seed SEED [--trace] [options]
       npm run simulate -- --replay FILE [--trace-all]

many worlds, one for each seed
  --seeds N      how many; 1000, or with --minutes as many as there is time for
  --from SEED    the first; 1
  --minutes M    no new ones after so long; a run of 60 minutes or 20000 seeds also fails
                 where it missed a probe
  --jobs N       at a time; one for each processor

one world
  --seed SEED    runs it twice, and compares
  --trace        tells what happened in it, in lanes: the last 400 lines that matter
  --trace-all    all lines, with every sign of life
  --save FILE    writes its trace, for other tools; docs/traces.md tells the format
  --replay FILE  runs the world of a saved trace again, and says whether the same happens

any
  --replicas N   of each world; drawn by the seed unless given
  --events N     at least so many in each world; drawn by the seed unless given
  --no-shrink    a failure is not made smaller
  --help

A failure is printed with the command that replays it. Then it is shrunk to the fewest events, told
in lanes, and saved under runs/simulate. Status 1: something failed, or no world was run; 2: usage.
`;

/** What all worlds of a run have in common. */
export interface WorldChange {
  readonly replicas: number | undefined;
  readonly minEvents: number | undefined;
}

export interface TraceView {
  readonly isShown: boolean;
  readonly isComplete: boolean;
}

export type Order =
  | { readonly type: 'help' }
  | {
      readonly type: 'many';
      readonly from: number;
      /** Undefined: as many as there is time for. */
      readonly seeds: number | undefined;
      readonly minutes: number | undefined;
      readonly jobs: number;
      readonly change: WorldChange;
      readonly shrinks: boolean;
    }
  | {
      readonly type: 'one';
      readonly seed: number;
      readonly change: WorldChange;
      readonly view: TraceView;
      readonly save: string | undefined;
      readonly shrinks: boolean;
    }
  | { readonly type: 'replay'; readonly file: string; readonly view: TraceView };

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const MAX_SEED = 2 ** 31 - 1;
const MAX_REPLICAS = 9;
const DEFAULT_SEEDS = 1_000;

const OPTIONS = {
  seeds: { type: 'string' },
  from: { type: 'string' },
  minutes: { type: 'string' },
  jobs: { type: 'string' },
  seed: { type: 'string' },
  trace: { type: 'boolean' },
  'trace-all': { type: 'boolean' },
  save: { type: 'string' },
  replay: { type: 'string' },
  replicas: { type: 'string' },
  events: { type: 'string' },
  'no-shrink': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** Which options each kind of order understands. */
const UNDERSTOOD = {
  many: ['seeds', 'from', 'minutes', 'jobs', 'replicas', 'events', 'no-shrink'],
  one: ['seed', 'trace', 'trace-all', 'save', 'replicas', 'events', 'no-shrink'],
  replay: ['replay', 'trace', 'trace-all'],
} as const;

/** Throws `UsageError`. */
export function parseOptions(args: readonly string[]): Order {
  const values = valuesOf(args);
  if (values.help === true) return { type: 'help' };
  if (values.replay !== undefined) {
    refuseOthers(values, 'replay');
    return { type: 'replay', file: values.replay, view: viewOf(values) };
  }
  return values.seed === undefined ? manyOf(values) : oneOf(values, values.seed);
}

function valuesOf(args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function manyOf(values: Values): Order {
  refuseOthers(values, 'many');
  const minutes = values.minutes === undefined ? undefined : positive('minutes', values.minutes);
  const seeds = optionalWhole('seeds', values.seeds, MAX_SEED);
  const jobs = optionalWhole('jobs', values.jobs, 1_024) ?? availableParallelism();
  const from = whole('from', values.from ?? '1', { min: 0, max: MAX_SEED });
  return {
    type: 'many',
    from,
    seeds: seeds ?? (minutes === undefined ? DEFAULT_SEEDS : undefined),
    minutes,
    jobs,
    change: changeOf(values),
    shrinks: values['no-shrink'] !== true,
  };
}

function oneOf(values: Values, seed: string): Order {
  refuseOthers(values, 'one');
  return {
    type: 'one',
    seed: whole('seed', seed, { min: 0, max: MAX_SEED }),
    change: changeOf(values),
    view: viewOf(values),
    save: values.save,
    shrinks: values['no-shrink'] !== true,
  };
}

function refuseOthers(values: Values, type: keyof typeof UNDERSTOOD): void {
  const understood: readonly string[] = UNDERSTOOD[type];
  const other = Object.keys(values).find((name) => !understood.includes(name));
  if (other === undefined) return;
  const [first] = understood;
  const scope =
    type === 'many' ? 'is for one world: with --seed or --replay' : `not with --${first}`;
  throw new UsageError(`--${other} ${scope}`);
}

function changeOf(values: Values): WorldChange {
  return {
    replicas: optionalWhole('replicas', values.replicas, MAX_REPLICAS),
    minEvents: optionalWhole('events', values.events, MAX_SEED),
  };
}

function viewOf(values: Values): TraceView {
  const isComplete = values['trace-all'] === true;
  return { isShown: isComplete || values.trace === true, isComplete };
}

function optionalWhole(name: string, text: string | undefined, max: number): number | undefined {
  return text === undefined ? undefined : whole(name, text, { min: 1, max });
}

function whole(
  name: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= max) return number;
  throw new UsageError(`--${name}: not a whole number from ${min} to ${max}: ${text}`);
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && number > 0) return number;
  throw new UsageError(`--${name}: not a number above 0: ${text}`);
}
