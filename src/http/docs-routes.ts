/** `/openapi.json`, and `/docs`: the same to read. Both are made at start (server.ts). */
import { refusesBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { DOCS, OPENAPI } from './operations/server.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';

const KEEP = ['Cache-Control', 'no-cache'];

export function serveOpenApi(exchange: Exchange): void {
  if (refuses(exchange, OPENAPI)) return;
  const { pages, replica } = exchange.context;
  exchange.answerJson(200, replica.store.revision, pages.openApi, KEEP);
}

export function serveDocs(exchange: Exchange): void {
  if (refuses(exchange, DOCS)) return;
  const { pages, replica } = exchange.context;
  const fields = [
    'Content-Type',
    'text/html; charset=utf-8',
    'Content-Security-Policy',
    pages.docsPolicy,
    'X-Content-Type-Options',
    'nosniff',
    ...KEEP,
  ];
  exchange.answer(200, replica.store.revision, fields, pages.docs);
}

function refuses(exchange: Exchange, { query: table }: typeof OPENAPI | typeof DOCS): boolean {
  const { context, target } = exchange;
  const query = parseQuery(target.query, table, context.limits);
  if (query instanceof Problem) {
    exchange.refuse(query);
    return true;
  }
  return refusesBody(exchange);
}
