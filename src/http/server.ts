/**
 * The client port: fastify routes over a Node server whose bounds are all set here. Requests pass
 * the gate first (gate.ts); fastify then gets the path of the route, never the raw target, and a
 * route takes the raw request and answers it by itself (exchange.ts).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { refuseBrokenStream, refuseConnect } from './client-errors.ts';
import { Gate } from './gate.ts';
import { type ApiPages, HttpContext, type HttpOptions } from './http-context.ts';
import type { HttpLimits } from './limits.ts';
import { describeApi } from './openapi/document.ts';
import { DOCS_POLICY, renderDocs } from './openapi/page.ts';
import { ROUTES } from './routes.ts';

export interface HttpServer {
  /** Resolves to the port that it listens on; 0 takes a free one. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /**
   * Accepts no more connections, lets what is in flight be answered, closes what is idle; after
   * `drainMs` closes what is left.
   */
  close(): Promise<void>;
  load(): HttpLoad;
}

/** What the client port holds at this moment. */
export interface HttpLoad {
  readonly requests: number;
  readonly bodyBytes: number;
  /** Of answers that clients have not yet taken. */
  readonly unsentBytes: number;
}

const SWEEP_MS = 1000;
const CONNECTIONS_CHECK_MS = 500;
const ANSWER_MARGIN_MS = 1000;

export function buildHttpServer(options: HttpOptions): HttpServer {
  const context = new HttpContext(options, pagesOf(options));
  const gate = new Gate(context);
  const servers: Server[] = [];
  const app = fastify({
    serverFactory: (next) => {
      const server = buildNodeServer(context, gate, next);
      servers.push(server);
      return server;
    },
    clientErrorHandler: (error, socket) => {
      refuseBrokenStream(context, gate.connectionOf(socket), socket, error.code);
    },
    logger: false,
    exposeHeadRoutes: false,
    schemaController: {
      compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas },
    },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    genReqId: () => '',
  });
  addRoutes(app, gate);
  return {
    listen: (address) => listen(app, servers, address),
    close: () => close(app, servers, context),
    load: () => ({
      requests: context.load.requests,
      bodyBytes: context.load.bodyBytes,
      unsentBytes: context.unsent.bytes,
    }),
  };
}

/** In place of fastify's own, which would be loaded with each start: no route has a schema of its. */
function noSchemas(): never {
  throw new Error('a route has a schema of fastify');
}

/** Made once: they change with the limits alone. */
function pagesOf({ limits, version }: HttpOptions): ApiPages {
  const document = describeApi(ROUTES, limits, version);
  const openApi = JSON.stringify(document);
  return { openApi, docs: renderDocs(document), docsPolicy: DOCS_POLICY };
}

function buildNodeServer(
  context: HttpContext,
  gate: Gate,
  next: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const { limits } = context;
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.receiveMs,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headerBytes,
    // The gate asks for it, and answers as the API does.
    requireHostHeader: false,
    insecureHTTPParser: false,
    joinDuplicateHeaders: false,
    noDelay: true,
  });
  boundConnections(server, limits);
  // Not in Node's types: a client that ends its side behind its request still gets the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  gate.attach(server, next);
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    refuseConnect(context, socket);
  });
  const sweep = setInterval(() => context.unsent.sweep(), SWEEP_MS);
  sweep.unref();
  server.once('close', () => clearInterval(sweep));
  return server;
}

function boundConnections(server: Server, limits: HttpLimits): void {
  server.maxConnections = limits.connections;
  // Never so short that it cuts off a request that waits for its answer.
  server.timeout = Math.max(limits.idleSocketMs, limits.requestMs + ANSWER_MARGIN_MS);
  server.maxRequestsPerSocket = 0;
  // Node would silently drop the fields above a count. `headerFields` refuses them instead.
  server.maxHeadersCount = 0;
}

/**
 * Routes run in fastify's first hook, ahead of its body parsing: a value is raw bytes of any type,
 * and its bound is counted while it comes.
 */
function addRoutes(app: FastifyInstance, gate: Gate): void {
  for (const { path, method, serve } of ROUTES) {
    app.route({
      method,
      url: path,
      onRequest: (request, reply) => {
        reply.hijack();
        try {
          serve(gate.exchangeOf(request.raw));
        } catch (error) {
          // A bug. Fastify would keep it to itself; it has to end the process.
          queueMicrotask(() => {
            throw error;
          });
        }
      },
      handler: () => {
        throw new Error('a request went past its route');
      },
    });
  }
}

async function listen(
  app: FastifyInstance,
  servers: readonly Server[],
  address: { readonly host: string; readonly port: number },
): Promise<number> {
  await app.listen({ ...address });
  const bound = servers[0]?.address();
  return isPort(bound) ? bound.port : address.port;
}

function isPort(bound: string | AddressInfo | null | undefined): bound is AddressInfo {
  return typeof bound === 'object' && bound !== null;
}

async function close(
  app: FastifyInstance,
  servers: readonly Server[],
  context: HttpContext,
): Promise<void> {
  context.isClosing = true;
  const { eventReaders, waits, watches } = context;
  for (const one of [...watches, ...eventReaders, ...waits]) one.end();
  const timer = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, context.limits.drainMs);
  await app.close();
  clearTimeout(timer);
}
