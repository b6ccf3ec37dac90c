/** N23: somebody starts a replica a second time, over the same data or at the same ports. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { freePorts } from '../../bench/ports.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { stakingVotes } from './votes.ts';
import { becomeWhole, drawPeriodMs, expectAlone } from './wholeness.ts';

const END_LIMIT_MS = 60_000;

interface Double {
  readonly text: string;
  /** What the second process is to say before it ends. */
  readonly says: string;
  config(config: Config, folder: string, ports: readonly number[]): Config;
}

const configSchema = z.looseObject({
  dataDir: z.string(),
  listen: z.object({
    client: z.looseObject({ port: z.number() }),
    peer: z.looseObject({ port: z.number() }),
  }),
});
type Config = z.infer<typeof configSchema>;

const DOUBLES: readonly Double[] = [
  { text: 'all the same', says: 'is in use by another process', config: (config) => config },
  {
    text: 'the same data, other ports',
    says: 'is in use by another process',
    config: ({ listen, ...rest }, _folder, [client = 0, peer = 0]) => ({
      ...rest,
      listen: {
        client: { ...listen.client, port: client },
        peer: { ...listen.peer, port: peer },
      },
    }),
  },
  {
    text: 'the same ports, other data',
    says: 'EADDRINUSE',
    config: (config, folder) => ({ ...config, dataDir: join(folder, 'data') }),
  },
];

export const SECOND_PROCESS: Fault = {
  name: 'second-process',
  id: 'N23',
  title: 'A second process over the same data, or at the same ports',
  // Where a disk is taken from the first process meanwhile, the second may stand for it.
  episode: stakingVotes(startTwice),
};

async function startTwice(context: FaultContext): Promise<void> {
  const { cluster, random } = context;
  const replica = random.pick(cluster.members());
  const double = random.pick(DOUBLES);
  const lives = replica.ends.length;
  const end = context.begin(`replica ${replica.id} twice: ${double.text}`, [replica.id]);
  const folder = mkdtempSync(join(dirname(replica.configFile), 'second-'));
  const said = await runSecond(replica, double, folder);
  rmSync(folder, { recursive: true, force: true });
  end();
  const whatNot = said.how === 1 ? undefined : `${double.text}: it ended with ${said.how}`;
  expectAlone(context, 'a second process ends with status 1', whatNot);
  const missing = said.log.includes(double.says) ? undefined : `${double.text}: ${said.log}`;
  expectAlone(context, 'a second process says why it ends', missing);
  const ended = replica.ends.length > lives ? `replica ${replica.id} ended` : undefined;
  expectAlone(context, 'the first process goes on', ended);
  await becomeWhole(context, [replica]);
  await context.lasts(drawPeriodMs(random) / 2);
}

async function runSecond(replica: TortureReplica, double: Double, folder: string) {
  const configFile = join(folder, 'config.json');
  const config = configSchema.parse(JSON.parse(readFileSync(replica.configFile, 'utf8')));
  writeFileSync(configFile, JSON.stringify(double.config(config, folder, await freePorts(2))));
  const logFile = join(folder, 'log');
  const second = replica.startBeside(configFile, logFile);
  // Where the first one was down, the second takes its place: that is not to last.
  const timer = setTimeout(() => second.signal('SIGKILL'), END_LIMIT_MS);
  const how = await second.ended;
  clearTimeout(timer);
  return { how, log: readFileSync(logFile, 'utf8') };
}
