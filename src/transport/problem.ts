/** How a refusal is told: its status, and a small JSON body that names the reason, no more. */
import type { ServerResponse } from 'node:http';
import { REFUSAL_STATUS, type RefusalReason } from './refusal.ts';
import { PROBLEM_TYPE } from './routes.ts';

export function problemText(reason: RefusalReason): string {
  return JSON.stringify({ status: REFUSAL_STATUS[reason], reason });
}

/** The connection ends with it: what else came on it is not worth reading. */
export function answerProblem(response: ServerResponse, reason: RefusalReason): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = problemText(reason);
  response.writeHead(REFUSAL_STATUS[reason], {
    'content-type': PROBLEM_TYPE,
    'content-length': body.length,
    'cache-control': 'no-store',
    connection: 'close',
    ...(reason === 'methodNotAllowed' ? { allow: 'POST' } : {}),
    ...(reason === 'unavailable' ? { 'retry-after': '1' } : {}),
  });
  response.end(body);
}
