/**
 * The links between the replicas of a cluster, as a process of their own: proxies that lose, hold up
 * and repeat what they are told to. It is told at its door, a Unix socket. The launcher runs it as a
 * child, docker-compose.yml as a service.
 */
import { parseArgs } from 'node:util';
import { LinkService } from './links/link-service.ts';
import { linksRequestSchema } from './links/link-table.ts';
import { Links, type LinkTarget } from './links/links.ts';
import { askAt, openDoorAt } from './local-cluster/door.ts';

const HELP = `usage: node dist/scripts/links.js --door DIR [--host HOST] --link ID=PORT:HOST:PORT ...
       node dist/scripts/links.js --door DIR ask JSON

  --door DIR   the folder of its Unix socket, links.sock; anybody who can write there can tell it
  --host HOST  the address at which it listens for replicas; 127.0.0.1
  --link       at which port it listens for a replica, and where that replica is: 2=7612:127.0.0.1:7611

"ask" says something to the one that runs: {"do":"show"}, or {"do":"set","links":[...]}.`;

function parseOptions(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      door: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      link: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { ...values, positionals };
}

function parseLink(text: string): LinkTarget {
  const parts = /^([1-9])=(\d{1,5}):([\w.-]+):(\d{1,5})$/.exec(text);
  if (parts === null) throw new Error(`--link: not ID=PORT:HOST:PORT: ${text}`);
  const [, id, before, host = '', port] = parts;
  return { id: Number(id), before: Number(before), host, port: Number(port) };
}

async function serve(folder: string, host: string, targets: readonly LinkTarget[]): Promise<void> {
  const links = await Links.open({ host, targets });
  const service = new LinkService(
    links,
    targets.map(({ id }) => id),
  );
  const door = await openDoorAt({ folder, socket: 'links.sock' }, async (request) =>
    service.answer(linksRequestSchema.parse(request)),
  );
  if (door === undefined) throw new Error(`other links run with their door in ${folder}`);
  const end = () => {
    door.close();
    service.close();
    links.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  // A launcher that ends, however it does, takes them along.
  process.once('disconnect', end);
  console.log(`links open at ${host} for ${targets.length} replicas`);
}

async function ask(folder: string, text: string): Promise<void> {
  const request = linksRequestSchema.parse(JSON.parse(text));
  const answer = await askAt({ folder, socket: 'links.sock' }, request);
  if (answer === undefined) throw new Error(`no links run with their door in ${folder}`);
  console.log(JSON.stringify(answer));
}

async function run(argv: readonly string[]): Promise<void> {
  const { door, host, link, help, positionals } = parseOptions(argv);
  if (help) return console.log(HELP);
  if (door === undefined) throw new Error('--door is missing');
  const [verb, text, ...more] = positionals;
  if (verb === 'ask' && text !== undefined && more.length === 0) return ask(door, text);
  if (verb !== undefined || link.length === 0) throw new Error('wrong arguments; --help explains');
  await serve(door, host, link.map(parseLink));
}

run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`links: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
