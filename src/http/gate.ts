/**
 * Everything between the HTTP parser and the router: one request at a time on a connection, the
 * header fields, the target, and the bound on requests in flight. What passes has an `Exchange`.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Connection, type WaitingRequest } from './connection.ts';
import { Exchange, refuseRequest } from './exchange.ts';
import { scanFields } from './fields.ts';
import type { HttpContext } from './http-context.ts';
import { Problem } from './problem.ts';
import { allowedMethods } from './routes.ts';
import { parseTarget, type Target } from './target.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

export class Gate {
  readonly #context: HttpContext;
  readonly #connections = new WeakMap<Socket, Connection>();
  #waiting = 0;

  constructor(context: HttpContext) {
    this.#context = context;
  }

  /** Takes the requests of a server; those that pass go on to `next`, the router. */
  attach(server: Server, next: Listener): void {
    server.on('connection', (socket: Socket) => {
      const connection = this.connectionOf(socket);
      socket.once('close', () => {
        this.#waiting -= connection.abandon();
      });
    });
    server.on('request', (request, response) => {
      this.#arrive({ request, response, expectation: 'none' }, next);
    });
    server.on('checkContinue', (request, response) => {
      this.#arrive({ request, response, expectation: 'none' }, next);
    });
    server.on('checkExpectation', (request, response) => {
      this.#arrive({ request, response, expectation: 'unknown' }, next);
    });
  }

  connectionOf(socket: Socket): Connection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      connection = new Connection();
      this.#connections.set(socket, connection);
    }
    return connection;
  }

  /** The exchange of a request that passed: the one that its connection serves. */
  exchangeOf(request: IncomingMessage): Exchange {
    const { exchange } = this.connectionOf(request.socket);
    if (exchange?.request !== request) throw new Error('a request passed by the gate');
    return exchange;
  }

  #arrive(arrived: WaitingRequest, next: Listener): void {
    const { socket } = arrived.request;
    const connection = this.connectionOf(socket);
    if (!connection.isBusy) {
      this.#serve(connection, arrived, next);
      return;
    }
    const { pipelinedRequests, allPipelinedRequests } = this.#context.limits;
    if (connection.waiting.length >= pipelinedRequests || this.#waiting >= allPipelinedRequests) {
      socket.destroy();
      return;
    }
    this.#waiting += 1;
    connection.waiting.push(arrived);
    if (connection.waiting.length === 1) this.#serveNextAfter(connection, next);
  }

  #serveNextAfter(connection: Connection, next: Listener): void {
    connection.response?.once('close', () => {
      const arrived = connection.waiting.shift();
      if (arrived === undefined) return;
      this.#waiting -= 1;
      this.#serve(connection, arrived, next);
      if (connection.waiting.length > 0) this.#serveNextAfter(connection, next);
    });
  }

  #serve(connection: Connection, arrived: WaitingRequest, next: Listener): void {
    const { request, response } = arrived;
    connection.response = response;
    connection.exchange = undefined;
    const admitted = this.#admit(arrived);
    if (admitted instanceof Problem) {
      const context = this.#context;
      const id = context.nextRequestId();
      refuseRequest(context, request, response, admitted, id, context.replica.store.revision);
      return;
    }
    connection.exchange = admitted;
    request.url = admitted.target.route;
    next(request, response);
  }

  #admit(arrived: WaitingRequest): Exchange | Problem {
    const { request, response } = arrived;
    const context = this.#context;
    if (request.httpVersion !== '1.1') {
      return new Problem('http_version', 'the request line must end in HTTP/1.1');
    }
    if (arrived.expectation === 'unknown') {
      return new Problem('expectation_failed', 'the only expectation is 100-continue');
    }
    const fields = scanFields(request.rawHeaders, request.method, context.limits.headerFields);
    if (fields instanceof Problem) return fields;
    const target = parseTarget(request.url ?? '');
    if (target instanceof Problem) return target;
    if (target === undefined) {
      return new Problem('route_not_found', 'the paths are listed at /docs');
    }
    const refused = this.#refuseMethod(request.method ?? '', target);
    if (refused !== undefined) return refused;
    return new Exchange(context, request, response, fields, target);
  }

  #refuseMethod(method: string, target: Target): Problem | undefined {
    const allowed = allowedMethods(target.route);
    if (!allowed.includes(method)) {
      const methods = allowed.join(', ');
      return new Problem('method_not_allowed', `allowed here: ${methods}`, {
        fields: ['Allow', methods],
      });
    }
    if (this.#context.load.isFull && !PROBES.has(target.route)) {
      return new Problem('overloaded', 'too many requests are in flight');
    }
    return undefined;
  }
}
