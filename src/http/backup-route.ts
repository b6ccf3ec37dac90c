/**
 * `GET /v1/snapshot`: a backup as a stream, with its checksum in the trailer. It is read as fast as the
 * client takes it, and is cut off, never ended, where anything fails: a client that sees the end of
 * it has the whole.
 */
import { createHash } from 'node:crypto';
import { refusesBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { notDone } from './outcome.ts';
import { BACKUP } from './operations/log.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';
import type { Backup } from '../replica/api.ts';

const TYPE = 'application/vnd.synod.backup';

export function serveBackup(exchange: Exchange): void {
  const { context, target } = exchange;
  const query = parseQuery(target.query, BACKUP.query, context.limits);
  if (query instanceof Problem) return exchange.refuse(query);
  if (refusesBody(exchange)) return;
  if (context.backups >= context.limits.backups) {
    exchange.refuse(new Problem('overloaded', 'as many backups as may be are being read'));
    return;
  }
  context.backups += 1;
  context.replica.backup({ deadlineMs: context.limits.requestMs }, (outcome) => {
    if (outcome.type === 'backup') return stream(exchange, outcome.backup);
    context.backups -= 1;
    exchange.refuse(notDone(outcome.reason));
  });
}

function stream(exchange: Exchange, backup: Backup): void {
  const { context, response } = exchange;
  const hash = createHash('sha256');
  const name = `synod-${backup.clusterId.slice(0, 8)}-slot-${backup.slot}.backup`;
  let isReading = false;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    context.backups -= 1;
    exchange.endStream();
    // A read that is under way needs what it reads from.
    if (!isReading) backup.close();
  };
  const next = (): void => {
    isReading = true;
    backup.next((error, piece) => {
      isReading = false;
      if (isOver) return backup.close();
      if (error !== undefined) {
        context.logger?.error({ err: error }, 'a backup could not be read');
        response.destroy();
      } else if (piece === undefined) {
        response.addTrailers([['Repr-Digest', `sha-256=:${hash.digest('base64')}:`]]);
        response.end();
      } else {
        hash.update(piece);
        if (response.write(piece)) setImmediate(next);
        else response.once('drain', next);
      }
    });
  };
  response.once('close', end);
  exchange.beginStream(context.replica.store.revision, [
    'Content-Type',
    TYPE,
    'Content-Disposition',
    `attachment; filename="${name}"`,
    'Cache-Control',
    'no-store',
    'Trailer',
    'Repr-Digest',
  ]);
  next();
}
