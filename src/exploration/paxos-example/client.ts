/** A client of the example: it puts one value at one server, then gets at the next one. */
import type { ActorId, ExampleMessage, Sent } from './server.ts';

export interface ClientState {
  /** The request that it waits for. */
  readonly awaiting: number | undefined;
  readonly operations: number;
}

export interface Client {
  readonly id: ActorId;
  readonly servers: number;
}

export function startClient({ id, servers }: Client): {
  readonly state: ClientState;
  readonly sent: Sent;
} {
  const value = String.fromCodePoint('A'.charCodeAt(0) + id - servers);
  return {
    state: { awaiting: id, operations: 1 },
    sent: { to: id % servers, message: { type: 'put', request: id, value } },
  };
}

/** `undefined`: the message changes nothing. */
export function stepClient(
  { id, servers }: Client,
  { awaiting, operations }: ClientState,
  message: ExampleMessage,
): { readonly state: ClientState; readonly sent: readonly Sent[] } | undefined {
  if (message.type === 'putOk' && message.request === awaiting) {
    const request = (operations + 1) * id;
    return {
      state: { awaiting: request, operations: operations + 1 },
      sent: [{ to: (id + operations) % servers, message: { type: 'get', request } }],
    };
  }
  if (message.type === 'getOk' && message.request === awaiting) {
    return { state: { awaiting: undefined, operations: operations + 1 }, sent: [] };
  }
  return undefined;
}
