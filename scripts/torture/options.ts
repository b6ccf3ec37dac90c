/** What `npm run torture -- ...` may be told. */
import { parseArgs } from 'node:util';
import type { NetworkChoice } from './network.ts';

export const PROFILES = ['quick', 'matrix', 'soak', 'controls'] as const;
export type Profile = (typeof PROFILES)[number];

export const HELP = `usage: npm run torture -- [--workload W1,W4] [--fault N1,N5] [--minutes M] [options]
       npm run torture -- --profile quick|matrix|soak|controls [options]

Starts a real cluster whose replicas talk through a proxy, lets clients and faults at it together,
heals everything, and checks what the clients saw. runs/NAME/TIME holds the history, the verdict,
the replicas' logs and report.html; runs/latest points to the last one.

  --workload LIST  by number or name, or "all"; W10, which is all of them, slower
  --fault LIST     by number or name, "all", or "none"; N1,N3,N5,N8
  --minutes M      of faults; 1
  --seed N         of all that is left to chance; drawn unless given
  --replicas N     3, 5 or 7; 3
  --name NAME      of the folder; made of workloads and faults unless given
  --network WHERE  loopback, namespaces (of the network, one for each replica), or auto: namespaces
                   where this host allows it
  --keep-data      the replicas' data stays, also after a green run
  --list           names the workloads and the faults, and runs nothing

  --profile quick     3 minutes: all workloads, and the faults of processes, network and disks
  --profile matrix    a run for each cell of docs/faults.md that has no green one of this commit yet
  --profile soak      60 minutes: everything at once
  --profile controls  runs that must be red, since something is broken on purpose
  --jobs N            runs of the matrix at a time; 1
  --table             prints what was noted of the matrix, and runs nothing
  --again LIST        cells of the matrix with these faults are run again, though they were green

Status 0: all green (controls: all red); 1: not so; 2: an option is wrong; 4: all was skipped.
`;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface TortureOptions {
  readonly isHelp: boolean;
  readonly isList: boolean;
  readonly isTable: boolean;
  readonly profile: Profile | undefined;
  /** Names or numbers; `undefined`: what the profile says. */
  readonly workloads: readonly string[] | undefined;
  readonly faults: readonly string[] | undefined;
  readonly minutes: number | undefined;
  readonly seed: number;
  readonly replicas: number;
  readonly name: string | undefined;
  readonly network: NetworkChoice;
  readonly keepsData: boolean;
  readonly jobs: number;
  readonly again: readonly string[];
}

const MAX_MINUTES = 24 * 60;
const MAX_SEED = 2 ** 31 - 1;
const MAX_JOBS = 16;
const REPLICAS: readonly number[] = [3, 5, 7];
const NETWORKS = ['auto', 'loopback', 'namespaces'] as const;

export function readOptions(args: readonly string[]): TortureOptions {
  const values = parse(args);
  return {
    isHelp: values.help,
    isList: values.list,
    isTable: values.table,
    profile: values.profile === undefined ? undefined : oneOf('profile', values.profile, PROFILES),
    workloads: listOf(values.workload),
    faults: listOf(values.fault),
    minutes: values.minutes === undefined ? undefined : minutesOf(values.minutes),
    seed:
      values.seed === undefined
        ? Math.floor(Math.random() * MAX_SEED)
        : whole('seed', values.seed, MAX_SEED),
    replicas: replicasOf(values.replicas),
    name: values.name === undefined ? undefined : nameOf(values.name),
    network: oneOf('network', values.network, NETWORKS),
    keepsData: values['keep-data'],
    jobs: whole('jobs', values.jobs, MAX_JOBS),
    again: listOf(values.again) ?? [],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        list: { type: 'boolean', default: false },
        table: { type: 'boolean', default: false },
        profile: { type: 'string' },
        workload: { type: 'string' },
        fault: { type: 'string' },
        minutes: { type: 'string' },
        seed: { type: 'string' },
        replicas: { type: 'string', default: '3' },
        name: { type: 'string' },
        network: { type: 'string', default: 'auto' },
        'keep-data': { type: 'boolean', default: false },
        jobs: { type: 'string', default: '1' },
        again: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${name}: not one of ${known.join(', ')}: ${text}`);
}

function listOf(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((name) => name.trim());
}

function whole(name: string, text: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= most) return number;
  throw new UsageError(`--${name}: not a whole number from 1 to ${most}: ${text}`);
}

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && minutes > 0 && minutes <= MAX_MINUTES) return minutes;
  throw new UsageError(`--minutes: not a number above 0, at most ${MAX_MINUTES}: ${text}`);
}

function replicasOf(text: string): number {
  const found = REPLICAS.find((number) => String(number) === text);
  if (found !== undefined) return found;
  throw new UsageError(`--replicas: not one of ${REPLICAS.join(', ')}: ${text}`);
}

function nameOf(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,63}$/i.test(text)) return text;
  throw new UsageError(`--name: letters, digits and hyphens, at most 64: ${text}`);
}
