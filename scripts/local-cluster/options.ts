/** What the scripts of the local cluster take on the command line; what is wrong is named. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_DATA_FOLDER, type ClusterShape } from './data-folder.ts';

const DEFAULT_REPLICAS = 3;
const MAX_REPLICAS = 9;
const DEFAULT_PORT = 7600;
/** Nine replicas, ten ports apart. */
const MAX_PORT = 65_535 - 9 * 10;

export const CLUSTER_HELP = `usage: npm run cluster -- [--replicas N] [--port BASE] [--data DIR] [--fresh]

Starts a cluster on this machine and shows what happens in it. Ctrl-C stops it; run again, it comes
back with its data.

  --replicas N   1 to 9; ${DEFAULT_REPLICAS} unless the data is of another number
  --port BASE    client port of replica 1; its peer port is BASE+1, replica 2's ports BASE+10, ...; ${DEFAULT_PORT}
  --data DIR     where the data, the logs and the secret are; ./data
  --fresh        deletes the data of an earlier cluster first
  --help`;

export interface ClusterOptions {
  readonly folder: string;
  readonly fresh: boolean;
  /** Undefined: not given. */
  readonly replicas: number | undefined;
  readonly port: number | undefined;
}

export type ParsedOptions =
  | { readonly type: 'options'; readonly options: ClusterOptions }
  | { readonly type: 'help' }
  | { readonly type: 'wrong'; readonly why: string };

export function parseClusterOptions(argv: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        replicas: { type: 'string' },
        port: { type: 'string' },
        data: { type: 'string' },
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { type: 'help' };
    const options = {
      folder: folderOf(values.data),
      fresh: values.fresh,
      replicas: wholeNumber('--replicas', values.replicas, 1, MAX_REPLICAS),
      port: wholeNumber('--port', values.port, 1, MAX_PORT),
    };
    return { type: 'options', options };
  } catch (error) {
    return { type: 'wrong', why: error instanceof Error ? error.message : String(error) };
  }
}

export function folderOf(data: string | undefined): string {
  if (data === '') throw new Error('--data: is empty');
  return data === undefined ? DEFAULT_DATA_FOLDER : path.resolve(data);
}

function wholeNumber(
  name: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Error(`${name}: must be a whole number from ${min} to ${max}`);
}

/** What to start: what was made in the folder, which the options must not contradict. */
export function shapeFor(options: ClusterOptions, made: ClusterShape | undefined): ClusterShape {
  const replicas = options.replicas ?? made?.replicas ?? DEFAULT_REPLICAS;
  const port = options.port ?? made?.port ?? DEFAULT_PORT;
  if (made !== undefined && (made.replicas !== replicas || made.port !== port)) {
    throw new Error(
      `${options.folder} holds a cluster of ${made.replicas} from port ${made.port} on: ` +
        'leave out --replicas and --port, or take another --data, or delete it with --fresh',
    );
  }
  return { replicas, port };
}
