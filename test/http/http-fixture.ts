/**
 * A client port over a memory replica, on a free port. Whatever it answers, in any test of this
 * folder, is held against `/openapi.json` (`openapi/watch-answers.ts`).
 */
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from '../../src/http/limits.ts';
import { buildHttpServer, type HttpServer } from '../../src/http/server.ts';
import { MemoryReplica } from './memory-replica.ts';

export interface HttpFixture {
  readonly server: HttpServer;
  readonly replica: MemoryReplica;
  readonly port: number;
  readonly url: string;
}

export async function startHttp(limits: Partial<HttpLimits> = {}): Promise<HttpFixture> {
  const replica = new MemoryReplica();
  const server = buildHttpServer({
    replica,
    limits: { ...DEFAULT_HTTP_LIMITS, ...limits },
    clock: { nowMs: () => performance.now() },
    bootNonce: 'b007',
    version: '0.1.0',
    peerRefusals: () => ({ badMac: 3, wrongCluster: 1 }),
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  return { server, replica, port, url: `http://127.0.0.1:${port}` };
}

/** Waits for a state, with a limit. */
export async function until(isSo: () => boolean, limitMs = 5000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error('the state did not come in time');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
