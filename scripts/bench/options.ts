/** What `npm run bench -- ...` may be told. */
import { parseArgs } from 'node:util';

export const MEASURES = [
  'load',
  'restart',
  'five',
  'failover',
  'many',
  'rewrites',
  'snapshot',
  'watchers',
  'stream',
] as const;
/** The others take long, and are measured only where they are asked for. */
const USUAL_MEASURES = 'load,restart,five,failover';
export type Measure = (typeof MEASURES)[number];

export interface BenchOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly connections: readonly number[];
  readonly operations: readonly ('put' | 'get')[];
  readonly measures: readonly Measure[];
  readonly generator: 'auto' | 'wrk' | 'own';
  readonly systems: readonly ('synod' | 'etcd')[];
  readonly failovers: number;
  /** For the measure `many`. */
  readonly manyKeys: number;
  readonly fillConnections: number;
  /** A checkout with a build, which takes its turns with this one; nothing else is measured then. */
  readonly against: string | undefined;
  /** For the measures `rewrites` and `snapshot`. */
  readonly rewriteMinutes: number;
  readonly snapshotMiB: number;
  /** For the measures `watchers` and `stream`. */
  readonly watchers: number;
  readonly streamKeys: number;
  readonly directory: string | undefined;
  readonly json: string | undefined;
}

export const USAGE = `npm run bench -- [options]
  --rounds N         interleaved rounds (5)
  --seconds N        length of one measurement (8)
  --quick            2 rounds of 2 s, 10,000 keys, 3 failovers of each kind
  --keys N           keys that are loaded first (100000)
  --value-bytes N    length of a value (256)
  --connections L    such as 1,64,256 (the default)
  --operations L     such as put,get (the default)
  --only L           of ${MEASURES.join(',')} (${USUAL_MEASURES})
  --generator G      auto, wrk or own (auto: wrk where it is on the PATH)
  --systems L        of synod,etcd (both; etcd where it is on the PATH)
  --failovers N      how often each kind of fault is timed (10)
  --many-keys N      keys of the measure 'many', Synod alone (10000000)
  --rewrite-minutes N  of the measure 'rewrites': disk and memory, minute by minute (30)
  --snapshot-mib N   of the measure 'snapshot': puts while a replica gets so much (1024)
  --watchers N       of the measure 'watchers': at one replica (10000)
  --stream-keys N    of the measure 'stream': read as lines, all at once (1000000)
  --fill-connections N  clients that load Synod's keys; with few, slots are many (128)
  --against DIR      a checkout with a build: puts and gets in turns with it, nothing else
  --directory DIR    where the data lies (a new directory under the system's temporary one)
  --json FILE        where the report goes as JSON (runs/bench-TIME.json)`;

export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      keys: { type: 'string' },
      'value-bytes': { type: 'string', default: '256' },
      connections: { type: 'string', default: '1,64,256' },
      operations: { type: 'string', default: 'put,get' },
      only: { type: 'string', default: USUAL_MEASURES },
      'many-keys': { type: 'string', default: '10000000' },
      'rewrite-minutes': { type: 'string', default: '30' },
      'snapshot-mib': { type: 'string', default: '1024' },
      watchers: { type: 'string', default: '10000' },
      'stream-keys': { type: 'string', default: '1000000' },
      'fill-connections': { type: 'string', default: '128' },
      generator: { type: 'string', default: 'auto' },
      systems: { type: 'string', default: 'synod,etcd' },
      failovers: { type: 'string' },
      against: { type: 'string' },
      directory: { type: 'string' },
      json: { type: 'string' },
    },
  });
  return {
    rounds: whole('rounds', values.rounds ?? (values.quick ? '2' : '5')),
    seconds: whole('seconds', values.seconds ?? (values.quick ? '2' : '8')),
    keys: whole('keys', values.keys ?? (values.quick ? '10000' : '100000')),
    valueBytes: whole('value-bytes', values['value-bytes']),
    connections: values.connections.split(',').map((one) => whole('connections', one)),
    operations: values.operations.split(',').map((one) => oneOf('operations', one, ['put', 'get'])),
    measures: values.only.split(',').map((one) => oneOf('only', one, MEASURES)),
    generator: oneOf('generator', values.generator, ['auto', 'wrk', 'own']),
    systems: values.systems.split(',').map((one) => oneOf('systems', one, ['synod', 'etcd'])),
    failovers: whole('failovers', values.failovers ?? (values.quick ? '3' : '10')),
    manyKeys: whole('many-keys', values['many-keys']),
    rewriteMinutes: whole('rewrite-minutes', values['rewrite-minutes']),
    snapshotMiB: whole('snapshot-mib', values['snapshot-mib']),
    watchers: whole('watchers', values.watchers),
    streamKeys: whole('stream-keys', values['stream-keys']),
    fillConnections: whole('fill-connections', values['fill-connections']),
    against: values.against,
    directory: values.directory,
    json: values.json,
  };
}

function whole(name: string, text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Error(`--${name}: ${text} is not a whole number`);
  return Number(text);
}

function oneOf<const T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text);
  if (found === undefined) throw new Error(`--${name}: ${text} is none of ${allowed.join(', ')}`);
  return found;
}
