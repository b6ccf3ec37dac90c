/** A real browser without a window, driven by its own protocol for tools over a WebSocket. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'undici';
import { z } from 'zod';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const START_MS = 30_000;
const CLOSE_MS = 5_000;

/** The first that PATH has. */
export function findBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const messageSchema = z.looseObject({
  id: z.number().optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});
type Message = z.infer<typeof messageSchema>;
type Parameters = Readonly<Record<string, unknown>>;

export class Browser {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #listeners: ((message: Message) => void)[] = [];
  #calls = 0;

  private constructor(child: ChildProcess, profile: string, socket: WebSocket) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(String(data)));
  }

  static async start(program: string): Promise<Browser> {
    const profile = mkdtempSync(path.join(tmpdir(), 'synod-browser-'));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'];
    const quiet = ['--disable-background-networking', '--disable-sync', '--disable-dev-shm-usage'];
    const place = [`--user-data-dir=${profile}`, '--remote-debugging-port=0', 'about:blank'];
    const child = spawn(program, [...flags, ...quiet, ...place], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const socket = new WebSocket(await addressOf(child));
    await once(socket, 'open');
    return new Browser(child, profile, socket);
  }

  /** `session`: of a page; without it, the browser itself is asked. */
  async send(method: string, params: Parameters = {}, session?: string): Promise<Parameters> {
    this.#calls += 1;
    const id = this.#calls;
    const answered = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params, sessionId: session }));
    const { error, result = {} } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  onEvent(listener: (message: Message) => void): void {
    this.#listeners.push(listener);
  }

  /** Resolves when the process is gone, and what it wrote. */
  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_MS);
    this.#socket.send(JSON.stringify({ id: 0, method: 'Browser.close' }));
    await gone;
    clearTimeout(timer);
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20 });
  }

  #receive(text: string): void {
    const message = messageSchema.parse(JSON.parse(text));
    if (message.id === undefined) for (const listener of this.#listeners) listener(message);
    else this.#waiting.get(message.id)?.(message);
  }
}

/** It says where it listens on its standard error. */
async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error('the browser has no standard error');
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
  let said = '';
  for await (const line of createInterface(child.stderr)) {
    said += `${line}\n`;
    const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    clearTimeout(timer);
    child.stderr.resume();
    return address;
  }
  throw new Error(`the browser did not start:\n${said}`);
}
