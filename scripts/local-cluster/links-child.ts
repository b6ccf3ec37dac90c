/**
 * The links of a cluster, in a child of the launcher: should they fail, replicas and launcher go on.
 * Links that ended by themselves are opened again on the same ports, with the same rules.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  linksAnswerSchema,
  type LinksAnswer,
  type LinksRequest,
  type LinkTable,
} from '../links/link-table.ts';
import type { ReplicaAddress } from './data-folder.ts';
import { askAt } from './door.ts';
import { linkPortsInUse } from './ports.ts';
import { waitFor } from './probe.ts';

const MAIN = fileURLToPath(new URL('../links.js', import.meta.url));
const OPEN_MS = 10_000;
const BACK_OFF_MS = 500;

export interface LinksChildOptions {
  readonly folder: string;
  readonly addresses: readonly ReplicaAddress[];
  /** What happened that nobody asked for. */
  readonly onEvent: (text: string) => void;
}

export class LinksChild {
  readonly #options: LinksChildOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #table: LinkTable = [];
  #isMeant = false;
  #lastWords = 'no answer';

  constructor(options: LinksChildOptions) {
    this.#options = options;
  }

  /** Whether they are meant to be open. */
  get isOpen(): boolean {
    return this.#isMeant;
  }

  /** Nothing where they are. Throws where they cannot be, with the reason. */
  async open(): Promise<void> {
    if (this.#isMeant) return;
    const taken = await linkPortsInUse(this.#options.addresses);
    if (taken.length > 0) throw new Error(`in use: port ${taken.join(', port ')}`);
    this.#table = [];
    this.#start();
    // Where they end at once, nobody waits for them, and their last words are the reason.
    await Promise.race([waitFor(OPEN_MS, () => this.#ask({ do: 'show' })), this.#ended]);
    this.#isMeant = this.#child !== undefined;
    if ((await this.show()) !== undefined) return;
    await this.close();
    throw new Error(`the links do not open: ${this.#lastWords}`);
  }

  /** In the place of all rules that were set before. */
  async set(table: LinkTable): Promise<LinksAnswer> {
    const answer = await this.#ask({ do: 'set', links: table });
    if (answer?.ok === true) this.#table = table;
    return answer ?? { ok: false, message: 'the links are being opened again: try once more' };
  }

  /** `undefined`: they are not open, or do not answer now. */
  show(): Promise<LinksAnswer | undefined> {
    return this.#isMeant ? this.#ask({ do: 'show' }) : Promise.resolve(undefined);
  }

  async close(): Promise<void> {
    this.#isMeant = false;
    clearTimeout(this.#timer);
    this.#child?.kill('SIGTERM');
    await this.#ended;
  }

  /** Does not wait. */
  killNow(): void {
    this.#isMeant = false;
    this.#child?.kill('SIGKILL');
  }

  #start(): void {
    const { folder, addresses, onEvent } = this.#options;
    const links = addresses.flatMap(({ id, linkPort, peerPort }) => [
      '--link',
      `${id}=${linkPort}:127.0.0.1:${peerPort}`,
    ]);
    // As replicas: Ctrl-C reaches the launcher alone, and they end when it does.
    const child = spawn(process.execPath, [MAIN, '--door', folder, ...links], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    if (child.stderr !== null) {
      createInterface({ input: child.stderr, crlfDelay: Infinity }).on('line', (line) => {
        this.#lastWords = line;
        onEvent(line);
      });
    }
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => {
        onEvent(`links: ${error.message}`);
        if (child.pid !== undefined) return;
        this.#onEnd('they could not be started');
        resolve();
      });
      child.once('close', (code, signal) => {
        this.#onEnd(signal ?? `status ${code}`);
        resolve();
      });
    });
  }

  #onEnd(how: string): void {
    this.#child = undefined;
    if (!this.#isMeant) return;
    this.#options.onEvent(`the links ended by themselves (${how}); they are opened again`);
    this.#timer = setTimeout(() => this.#startAgain(), BACK_OFF_MS);
  }

  #startAgain(): void {
    this.#start();
    waitFor(OPEN_MS, () => this.show())
      .then((shown) => (shown === undefined ? undefined : this.set(this.#table)))
      .catch((error: unknown) => this.#options.onEvent(`links: ${String(error)}`));
  }

  async #ask(request: LinksRequest): Promise<LinksAnswer | undefined> {
    const place = { folder: this.#options.folder, socket: 'links.sock' };
    try {
      const answer = await askAt(place, request);
      return answer === undefined ? undefined : linksAnswerSchema.parse(answer);
    } catch {
      // It ended meanwhile.
      return undefined;
    }
  }
}
