/**
 * One player of single-decree Paxos as a process: the same machines as everywhere, over real HTTP,
 * with records that are on the disk before anything is said of them.
 *
 *     node dist/scripts/lesson/process.js '{"party":{"role":"acceptor","id":1},...}'
 *
 * It listens on a free port of the loopback and says which on its standard output; its parent
 * tells it who its peers are, and what to propose, on its standard input, and ends it by closing
 * that. A message is one POST on a connection of its own. What gets lost stays lost: nothing is
 * repeated here, the protocol has to mend it.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { draw } from '../../src/paxos/random.ts';
import { instanceOf, type Envelope } from '../../src/paxos/single-decree/instances.ts';
import type { Party } from '../../src/paxos/single-decree/messages.ts';
import {
  parseCasting,
  parseCommand,
  parseEnvelope,
  type Command,
  type Report,
} from './envelope.ts';
import { Player } from './player.ts';

const REQUEST_TIMEOUT_MS = 1000;
const MAX_BODY_BYTES = 16 * 1024;

const casting = parseCasting(process.argv[2] ?? '');
const { party } = casting;
const drops = { random: casting.seed };
const delays = { random: casting.seed + 1 };
const players = new Map<number, Player>();
const urls = new Map<string, string>();
let connections = 0;
let dropped = 0;

const server = createServer(receive);
server.on('connection', (socket) => {
  connections += 1;
  if (draw(drops, 1, 100) > casting.drop) return;
  dropped += 1;
  socket.destroy();
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port to listen on');
  report({ type: 'listening', url: `http://127.0.0.1:${address.port}` });
});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => obey(parseCommand(line)));
lines.on('close', () => process.exit(0));

function obey(command: Command): void {
  switch (command.type) {
    case 'peers':
      for (const peer of command.peers) urls.set(nameOf(peer.party), peer.url);
      return;
    case 'propose':
      playerOf(command.instance).propose(command.value);
      return;
    case 'learn':
      playerOf(command.instance).watch();
      return;
    case 'count':
      report({ type: 'counted', connections, dropped });
  }
}

function playerOf(instance: number): Player {
  return instanceOf(players, instance, () => {
    return new Player(casting, instance, {
      send: (to, message) => post({ instance, from: party, to, message }),
      learned: (value) => report({ type: 'learned', instance, value }),
      failed: stop,
      random: (low, high) => draw(delays, low, high),
    });
  });
}

/** A disk that fails is not tried again: what it holds is not known any more. */
function stop(error: unknown): void {
  process.stderr.write(`${nameOf(party)} cannot write its record and ends: ${String(error)}\n`);
  process.exit(1);
}

function post(envelope: Envelope): void {
  const url = urls.get(nameOf(envelope.to));
  if (url === undefined) return;
  const headers = { 'content-type': 'application/json' };
  const options = { method: 'POST', agent: false, timeout: REQUEST_TIMEOUT_MS, headers } as const;
  const outgoing = request(`${url}/messages`, options, (response) => response.resume());
  outgoing.on('timeout', () => outgoing.destroy());
  // Lost: a message may be, at every step.
  outgoing.on('error', () => outgoing.destroy());
  outgoing.end(JSON.stringify(envelope));
}

function receive(incoming: IncomingMessage, response: ServerResponse): void {
  let body = '';
  incoming.setEncoding('utf8');
  incoming.on('data', (chunk: string) => {
    body += chunk;
    if (body.length > MAX_BODY_BYTES) incoming.destroy();
  });
  incoming.on('end', () => {
    const status = incoming.url === '/messages' ? take(body) : 404;
    response.writeHead(status).end();
  });
}

/** The status to answer with: taken, or refused at the door. */
function take(body: string): number {
  let envelope: Envelope;
  try {
    envelope = parseEnvelope(body);
  } catch {
    return 400;
  }
  if (nameOf(envelope.to) !== nameOf(party)) return 421;
  playerOf(envelope.instance).onMessage(envelope.from, envelope.message);
  return 204;
}

function report(line: Report): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function nameOf({ role, id }: Party): string {
  return `${role} ${id}`;
}
