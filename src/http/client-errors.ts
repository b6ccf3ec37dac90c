/**
 * What Node's HTTP parser refuses, or gives up on for its time. There is no request object then, so
 * the answer is written to the socket by hand. An answer that is still owed on the connection is
 * given first; the connection is closed in any case.
 */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connection } from './connection.ts';
import type { HttpContext } from './http-context.ts';
import { Problem, PROBLEM_TYPE, renderProblem } from './problem.ts';

export function refuseBrokenStream(
  context: HttpContext,
  connection: Connection,
  socket: Duplex,
  code: string,
): void {
  if (connection.hasFailed) return;
  connection.hasFailed = true;
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf(code);
  const refuse = (): void => writeAndClose(context, socket, problem);
  if (connection.isReadingBody && connection.response?.headersSent !== true) {
    connection.exchange?.abandon();
    refuse();
  } else {
    afterAnswers(connection, refuse);
  }
}

/** Requests that came whole before the stream broke are served, and answered, in their order. */
function afterAnswers(connection: Connection, run: () => void): void {
  if (connection.isBusy) {
    connection.response?.once('close', () => afterAnswers(connection, run));
  } else {
    run();
  }
}

function problemOf(code: string): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers_too_large', 'the headers, target included, are too large');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Problem('value_too_large', 'the chunk extensions are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request_timeout', 'the request did not arrive in time');
    default:
      return new Problem('malformed_request', `the request cannot be parsed (${code})`);
  }
}

function writeAndClose(context: HttpContext, socket: Duplex, problem: Problem): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = context.nextRequestId();
  const body = renderProblem(problem, requestId, context.leaderUrl);
  const head = context.headOf(requestId, context.replica.store.revision);
  head.push('Content-Type', PROBLEM_TYPE, 'Content-Length', `${Buffer.byteLength(body)}`);
  head.push('Date', new Date().toUTCString(), 'Connection', 'close', ...problem.fields);
  let text = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n`;
  for (let i = 0; i < head.length; i += 2) text += `${head[i] ?? ''}: ${head[i + 1] ?? ''}\r\n`;
  socket.end(`${text}\r\n${body}`);
  // Bytes that are still unread would reset the connection, and take the answer with them.
  const timer = setTimeout(() => socket.destroy(), context.limits.lingerMs);
  socket.once('close', () => clearTimeout(timer));
}

/** CONNECT makes no tunnel here. */
export function refuseConnect(context: HttpContext, socket: Duplex): void {
  writeAndClose(context, socket, new Problem('method_not_allowed', 'CONNECT is not allowed here'));
}
