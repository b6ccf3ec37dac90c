/**
 * The log: JSON lines, or lines for a person on a terminal. No keys' values and no secrets get
 * here: what is logged are events and errors, never requests.
 *
 * Lines are written off the event loop, so that a reader that stalls does not stall the replica;
 * what it leaves unread beyond a bound is dropped.
 */
import { pino, type Logger } from 'pino';
import type { Config } from './config.ts';

const MAX_WAITING_BYTES = 1_048_576;

/** One line each, without the fields that its text says already. */
const PRETTY = {
  sync: true,
  singleLine: true,
  ignore: 'replica,role,ballot,leader,clients,peers,peer,direction,linked,from,chosenUpTo',
  messageFormat: 'replica {replica}  {msg}',
};

export interface Log {
  readonly logger: Logger;
  /** Writes what waits, at once: the process is about to end. */
  flush(): void;
}

export async function openLog(config: Config['log'], replica: number): Promise<Log> {
  const isPretty = config.format === 'pretty' || (config.format === 'auto' && process.stdout.isTTY);
  const options = {
    level: config.level,
    base: { replica },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (isPretty) {
    const { PinoPretty } = await import('pino-pretty');
    return { logger: pino(options, PinoPretty(PRETTY)), flush: () => undefined };
  }
  const destination = pino.destination({
    dest: process.stdout.fd,
    sync: false,
    maxLength: MAX_WAITING_BYTES,
  });
  return { logger: pino(options, destination), flush: () => destination.flushSync() };
}
