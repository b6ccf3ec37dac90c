/** `/livez`, `/readyz` and `GET /v1/limits`: answered from what this replica knows by itself. */
import { refusesBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { LIMITS, LIVEZ, READYZ } from './operations/server.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';

/** The process runs and its loop turns: that it answers is the answer. */
export function serveLivez(exchange: Exchange): void {
  const verbose = parseProbe(exchange, LIVEZ.query);
  if (verbose === undefined) return;
  answerProbe(exchange, verbose, '{"live":true,"reasons":[]}', 'live\n');
}

/** Ready: this replica can serve requests. `?verbose` says why not. */
export function serveReadyz(exchange: Exchange): void {
  const verbose = parseProbe(exchange, READYZ.query);
  if (verbose === undefined) return;
  const status = exchange.context.replica.status();
  if (status.ready && !exchange.context.isClosing) {
    const { warnings } = status;
    const json = JSON.stringify({ ready: true, reasons: [], warnings });
    answerProbe(exchange, verbose, json, 'ready\n');
    return;
  }
  const closing = exchange.context.isClosing ? ['the replica is closing'] : [];
  const reasons = [...status.reasons, ...closing];
  const detail = 'the replica cannot serve requests; ?verbose gives the reasons';
  exchange.refuse(
    new Problem(
      'not_ready',
      detail,
      verbose ? { extra: { reasons, warnings: status.warnings } } : {},
    ),
  );
}

export function serveLimits(exchange: Exchange): void {
  const { context, target } = exchange;
  const query = parseQuery(target.query, LIMITS.query, context.limits);
  if (query instanceof Problem) {
    exchange.refuse(query);
    return;
  }
  if (refusesBody(exchange)) return;
  const limits = { ...context.otherLimits, ...context.limits };
  exchange.answerJson(200, context.replica.store.revision, JSON.stringify(limits));
}

/** Whether to be verbose; `undefined` where the request was refused. */
function parseProbe(exchange: Exchange, table: typeof LIVEZ.query): boolean | undefined {
  const { context, target } = exchange;
  const query = parseQuery(target.query, table, context.limits);
  const verbose = query instanceof Problem ? query : query.flag('verbose');
  if (verbose instanceof Problem) {
    exchange.refuse(verbose);
    return undefined;
  }
  return refusesBody(exchange) ? undefined : verbose;
}

function answerProbe(exchange: Exchange, verbose: boolean, json: string, text: string): void {
  const { revision } = exchange.context.replica.store;
  if (verbose) exchange.answerJson(200, revision, json, ['Cache-Control', 'no-store']);
  else {
    const fields = ['Content-Type', 'text/plain', 'Cache-Control', 'no-store'];
    exchange.answer(200, revision, fields, text);
  }
}
