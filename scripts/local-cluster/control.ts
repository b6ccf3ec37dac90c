/**
 * The launcher's door: a Unix socket in the data folder. Who listens there is the one launcher of
 * the folder, so it is the lock too; a socket that nobody answers was left by one that was killed.
 *
 * Faults come through it. The launcher alone signals its children, which it holds as handles: no
 * process id is looked up, so none can belong to a stranger by now, and whether a replica that
 * ended is to be started again is decided in one place.
 *
 *     fault --{"do":"kill","replica":2}--> launcher        one line each way, then the end
 *     fault <--{"ok":true,"message":".."}-- launcher
 */
import { existsSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { z } from 'zod';

const SOCKET = 'launcher.sock';
const MAX_LINE_CHARS = 65_536;
const ANSWER_MS = 30_000;

const requestSchema = z.strictObject({
  do: z.enum(['kill', 'restart', 'pause', 'resume', 'status']),
  replica: z.int().min(1).max(9).exactOptional(),
});
const replicaSchema = z.strictObject({
  id: z.int(),
  state: z.enum(['running', 'paused', 'killed', 'waiting', 'ended']),
  pid: z.int().exactOptional(),
  clientUrl: z.string(),
});
const answerSchema = z.strictObject({
  ok: z.boolean(),
  message: z.string(),
  launcherPid: z.int().exactOptional(),
  replicas: z.array(replicaSchema).exactOptional(),
});

export type ControlRequest = z.infer<typeof requestSchema>;
export type ControlAnswer = z.infer<typeof answerSchema>;
export type ReplicaState = z.infer<typeof replicaSchema>;

export interface Door {
  close(): void;
}

/** `undefined`: another launcher runs on this folder. */
export async function openDoor(
  folder: string,
  answer: (request: ControlRequest) => Promise<ControlAnswer>,
): Promise<Door | undefined> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const server = net.createServer((socket) => serve(socket, answer));
    const error = await listen(folder, server);
    if (error === undefined) return { close: () => closeDoor(folder, server) };
    if (error.code !== 'EADDRINUSE') throw error;
    const other = await connect(folder);
    other?.destroy();
    if (other !== undefined) return undefined;
    rmSync(path.join(folder, SOCKET), { force: true });
  }
  return undefined;
}

/** Asks the launcher of a folder. `undefined`: none runs there. */
export async function askLauncher(
  folder: string,
  request: ControlRequest,
): Promise<ControlAnswer | undefined> {
  const socket = await connect(folder);
  if (socket === undefined) return undefined;
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('the launcher does not answer')));
  socket.write(`${JSON.stringify(request)}\n`);
  const line = await readLine(socket);
  socket.destroy();
  return answerSchema.parse(JSON.parse(line));
}

function serve(
  socket: net.Socket,
  answer: (request: ControlRequest) => Promise<ControlAnswer>,
): void {
  socket.on('error', () => socket.destroy());
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  readLine(socket)
    .then((line) => answer(requestSchema.parse(JSON.parse(line))))
    .catch((error: unknown): ControlAnswer => ({ ok: false, message: String(error) }))
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

function listen(folder: string, server: net.Server): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.once('listening', () => resolve(undefined));
    inFolder(folder, () => server.listen(SOCKET));
  });
}

function connect(folder: string): Promise<net.Socket | undefined> {
  if (!existsSync(path.join(folder, SOCKET))) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const socket = inFolder(folder, () => net.connect(SOCKET));
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => resolve(socket));
  });
}

function closeDoor(folder: string, server: net.Server): void {
  server.close();
  rmSync(path.join(folder, SOCKET), { force: true });
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
