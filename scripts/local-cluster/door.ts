/**
 * A door: a Unix socket in a folder, at which one process answers. Who listens there is the only one
 * of the folder, so it is a lock too; a socket that nobody answers was left by one that was killed.
 *
 *     asker --{"do":"kill","replica":2}--> answerer        one line each way, then the end
 *     asker <--{"ok":true,"message":".."}-- answerer
 */
import { existsSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const MAX_LINE_CHARS = 65_536;
const ANSWER_MS = 30_000;

/** Where a door is. A name within the folder: what is longer than a socket's path may be fits too. */
export interface DoorPlace {
  readonly folder: string;
  readonly socket: string;
}

export interface Door {
  close(): void;
}

/** `answer` gets what was asked, parsed as JSON and no more. `undefined`: another one listens there. */
export async function openDoorAt(
  place: DoorPlace,
  answer: (request: unknown) => Promise<object>,
): Promise<Door | undefined> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const server = net.createServer((socket) => serve(socket, answer));
    const error = await listen(place, server);
    if (error === undefined) return { close: () => closeDoor(place, server) };
    if (error.code !== 'EADDRINUSE') throw error;
    const other = await connect(place);
    other?.destroy();
    if (other !== undefined) return undefined;
    rmSync(path.join(place.folder, place.socket), { force: true });
  }
  return undefined;
}

/** What was answered, parsed as JSON and no more. `undefined`: nobody listens there. */
export async function askAt(place: DoorPlace, request: object): Promise<unknown> {
  const socket = await connect(place);
  if (socket === undefined) return undefined;
  const late = () => socket.destroy(new Error(`${place.socket} does not answer`));
  socket.setTimeout(ANSWER_MS, late);
  socket.write(`${JSON.stringify(request)}\n`);
  const line = await readLine(socket);
  socket.destroy();
  return JSON.parse(line);
}

function serve(socket: net.Socket, answer: (request: unknown) => Promise<object>): void {
  socket.on('error', () => socket.destroy());
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  readLine(socket)
    .then((line) => answer(JSON.parse(line)))
    .catch((error: unknown) => ({ ok: false, message: String(error) }))
    .then((answered) => socket.end(`${JSON.stringify(answered)}\n`))
    .catch(() => socket.destroy());
}

function readLine(socket: net.Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection ended')));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > MAX_LINE_CHARS) reject(new Error('the line is too long'));
    });
  });
}

function listen(place: DoorPlace, server: net.Server): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.once('listening', () => resolve(undefined));
    inFolder(place.folder, () => server.listen(place.socket));
  });
}

function connect({ folder, socket: name }: DoorPlace): Promise<net.Socket | undefined> {
  if (!existsSync(path.join(folder, name))) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const socket = inFolder(folder, () => net.connect(name));
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => resolve(socket));
  });
}

function closeDoor({ folder, socket }: DoorPlace, server: net.Server): void {
  server.close();
  rmSync(path.join(folder, socket), { force: true });
}

/**
 * The path of a socket has at most about 100 bytes, a folder's may have more. Binding and
 * connecting happen within the call, so the name alone is enough while we stand in the folder.
 */
function inFolder<T>(folder: string, action: () => T): T {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return action();
  } finally {
    process.chdir(before);
  }
}
