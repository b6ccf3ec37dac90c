/**
 * `npm start`: reads the configuration, opens the replica, and ends it in one of three ways.
 *
 *   status 0   SIGTERM, SIGINT or SIGHUP, or the launcher is gone: gracefully
 *   status 1   a bug, a failed disk, a second signal, or no graceful end in time: at once
 *   status 2   the configuration is refused
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { describeConfig, loadConfig, type Config } from './config.ts';
import { openLog, type Log } from './logging.ts';
import { openServer, type Server, type ServerOptions } from './server.ts';

const packageSchema = z.object({ version: z.string() });

function versionOfThis(): string {
  const file = new URL('../../package.json', import.meta.url);
  return packageSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}

async function main(): Promise<void> {
  const loaded = loadConfig({ argv: process.argv.slice(2), env: process.env });
  // Nothing that this process may print or start inherits it.
  delete process.env['SYNOD_SECRET'];
  switch (loaded.type) {
    case 'help':
      process.stdout.write(`${describeConfig()}\n`);
      return;
    case 'version':
      process.stdout.write(`${versionOfThis()}\n`);
      return;
    case 'refused':
      for (const problem of loaded.problems) process.stderr.write(`configuration: ${problem}\n`);
      process.exitCode = 2;
      return;
    case 'config':
      return run(loaded.config, loaded.secret);
  }
}

async function run(config: Config, secret: Uint8Array | undefined): Promise<void> {
  const log = await openLog(config.log, config.replicaId);
  const { logger } = log;
  const fatal = (error: unknown): never => endNow(log, error, 'fatal: the replica ends');
  process.on('uncaughtException', fatal);
  const version = versionOfThis();
  const { client, peer } = config.listen;
  logger.info({ version, dataDir: config.dataDir, node: process.version }, 'starts');
  if (secret === undefined)
    logger.warn('no secret: whoever is on this machine can speak as a peer');
  const options = { config, secret, logger, version, onFatal: fatal };
  const lives = new ServerLives(options, (error) => endNow(log, error, 'cannot start'));
  endOnSignals(lives, config, log);
  await lives.begin();
  const clients = `${client.host}:${client.port}`;
  const peers = `${peer.host}:${peer.port}`;
  logger.info({ clients, peers }, `serves clients on ${clients}, peers on ${peers}`);
}

/** The process of a replica that is let in again begins anew, without ending. */
class ServerLives {
  readonly #options: Omit<ServerOptions, 'onLetIn'>;
  readonly #onFailed: (error: unknown) => void;
  #server: Promise<Server> | undefined;
  #isClosing = false;

  constructor(options: Omit<ServerOptions, 'onLetIn'>, onFailed: (error: unknown) => void) {
    this.#options = options;
    this.#onFailed = onFailed;
  }

  async begin(): Promise<void> {
    this.#server = this.#open();
    await this.#server.catch(this.#onFailed);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const server = await this.#server;
    await server?.close();
  }

  #open(): Promise<Server> {
    return openServer({ ...this.#options, onLetIn: () => this.#beginAnew() });
  }

  #beginAnew(): void {
    if (this.#isClosing || this.#server === undefined) return;
    const next = this.#server.then((server) => this.#closeInTime(server)).then(() => this.#open());
    this.#server = next;
    void next.catch(this.#onFailed);
  }

  /** A disk that hangs must not leave a process that does nothing: it ends, and is started again. */
  async #closeInTime(server: Server): Promise<void> {
    const { closeMs } = this.#options.config.timing;
    const late = (): void => this.#onFailed(new Error(`not closed within ${closeMs} ms`));
    const timer = setTimeout(late, closeMs);
    await server.close();
    clearTimeout(timer);
  }
}

function endOnSignals(lives: ServerLives, config: Config, log: Log): void {
  let ends = false;
  const end = (why: string): void => {
    if (ends) endNow(log, new Error(`${why}, again`), 'ends at once');
    ends = true;
    log.logger.info({ why }, `${why}: hands over, drains, closes`);
    const { closeMs } = config.timing;
    const late = `not closed within ${closeMs} ms`;
    setTimeout(() => endNow(log, new Error(late), 'ends at once'), closeMs).unref();
    lives
      .close()
      .then(() => {
        log.logger.info('closed');
        log.flush();
        process.exit(0);
      })
      .catch((error: unknown) => endNow(log, error, 'cannot close'));
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
  // Only a launcher has a channel to us; when it is gone, however it went, so are its replicas.
  if (process.channel !== undefined) process.on('disconnect', () => end('the launcher is gone'));
}

function endNow(log: Log, error: unknown, text: string): never {
  const err = error instanceof Error ? error : new Error(String(error));
  try {
    log.logger.fatal({ err }, `${text}: ${err.message}`);
    log.flush();
  } finally {
    process.exit(1);
  }
}

await main();
