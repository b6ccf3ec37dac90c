/** `GET /metrics`. It is answered also under overload. */
import { refusesBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { METRICS } from './operations/server.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';

export function serveMetrics(exchange: Exchange): void {
  const { context, target } = exchange;
  const query = parseQuery(target.query, METRICS.query, context.limits);
  if (query instanceof Problem) return exchange.refuse(query);
  if (refusesBody(exchange)) return;
  const { metrics, replica } = context;
  const answer = (text: string): void => {
    const fields = ['Content-Type', metrics.contentType, 'Cache-Control', 'no-store'];
    exchange.answer(200, replica.store.revision, fields, text);
  };
  metrics.text().then(answer, (error: unknown) => {
    context.logger?.error({ error }, 'the metrics could not be read');
    exchange.refuse(new Problem('internal', 'the metrics could not be read'));
  });
}
