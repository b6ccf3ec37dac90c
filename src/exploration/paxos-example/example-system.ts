/**
 * Validates the explorer: the system of Stateright's example `examples/paxos.rs` with its register
 * clients, described anew. Three servers, two clients, each of which puts and then gets at another
 * server; the clients' state and what they saw are part of the state. The network is unordered,
 * loses nothing and repeats nothing; a message that would change nothing stays where it is.
 * Stateright counts 16,668 states in it.
 */
import type { Decoder, Encoder } from '../encoding.ts';
import { Interner } from '../interner.ts';
import { distinct, withAdded, withoutOne } from '../multiset.ts';
import type { Property, System } from '../system.ts';
import { type Client, type ClientState, startClient, stepClient } from './client.ts';
import {
  complete,
  emptyHistory,
  invoke,
  isLinearizable,
  type RegisterHistory,
} from './register-history.ts';
import {
  type ActorId,
  type ExampleMessage,
  INITIAL_SERVER,
  type Sent,
  type Server,
  type ServerState,
  stepServer,
} from './server.ts';

/** Numbers stand for actors' states, histories and envelopes. */
export interface ExampleState {
  /** Servers first, then clients. */
  readonly actors: readonly number[];
  readonly history: number;
  readonly network: readonly number[];
}

interface Envelope {
  readonly from: ActorId;
  readonly to: ActorId;
  readonly message: ExampleMessage;
}

type ActorState =
  | { readonly type: 'server'; readonly state: ServerState }
  | { readonly type: 'client'; readonly state: ClientState };

export interface ExampleOptions {
  readonly servers: number;
  readonly clients: number;
}

export class PaxosExample implements System<ExampleState, number> {
  readonly name = 'paxos-example';
  readonly #servers: number;
  readonly #clients: number;
  readonly #actors = new Interner<ActorState>(nameActor);
  readonly #histories = new Interner<RegisterHistory>((history) => JSON.stringify(history));
  readonly #envelopes = new Interner<Envelope>((envelope) => JSON.stringify(envelope));

  constructor({ servers, clients }: ExampleOptions = { servers: 3, clients: 2 }) {
    this.#servers = servers;
    this.#clients = clients;
  }

  readonly invariants: readonly Property<ExampleState>[] = [
    {
      name: 'linearizable',
      holds: ({ history }) => isLinearizable(this.#histories.valueOf(history)),
    },
  ];

  readonly reachable: readonly Property<ExampleState>[] = [
    {
      name: 'a value is chosen and read',
      holds: ({ network }) =>
        network.some((number) => {
          const { message } = this.#envelopes.valueOf(number);
          return message.type === 'getOk' && message.value !== '';
        }),
    },
  ];

  initialStates(): readonly ExampleState[] {
    const server = this.#actors.numberOf({ type: 'server', state: INITIAL_SERVER });
    let state: ExampleState = {
      actors: Array.from({ length: this.#servers }, () => server),
      history: this.#histories.numberOf(emptyHistory(this.#clients)),
      network: [],
    };
    for (let id = this.#servers; id < this.#servers + this.#clients; id += 1) {
      const started = startClient(this.#client(id));
      const client = this.#actors.numberOf({ type: 'client', state: started.state });
      state = this.#send({ ...state, actors: [...state.actors, client] }, id, started.sent);
    }
    return [state];
  }

  actions({ network }: ExampleState): readonly number[] {
    return distinct(network);
  }

  next(state: ExampleState, action: number): ExampleState | undefined {
    const envelope = this.#envelopes.valueOf(action);
    const { from, to, message } = envelope;
    const actor = this.#actors.valueOf(state.actors[to] ?? -1);
    const stepped = this.#step(actor, to, from, message);
    if (stepped === undefined) return undefined;
    const number = this.#actors.numberOf(stepped.actor);
    let next: ExampleState = {
      actors: state.actors.map((other, id) => (id === to ? number : other)),
      history: this.#historyAfter(state.history, envelope),
      network: withoutOne(state.network, action),
    };
    for (const sent of stepped.sent) next = this.#send(next, to, sent);
    return next;
  }

  encode({ actors, history, network }: ExampleState, into: Encoder): void {
    for (const actor of actors) into.number(actor);
    into.number(history);
    into.number(network.length);
    for (const envelope of network) into.number(envelope);
  }

  decode(from: Decoder): ExampleState {
    const actors = Array.from({ length: this.#servers + this.#clients }, () => from.number());
    const history = from.number();
    const network = Array.from({ length: from.number() }, () => from.number());
    return { actors, history, network };
  }

  describe(action: number): string {
    const { from, to, message } = this.#envelopes.valueOf(action);
    const { type, ...content } = message;
    return `${from} -> ${to}  ${type} ${JSON.stringify(content)}`;
  }

  #step(
    actor: ActorState,
    id: ActorId,
    from: ActorId,
    message: ExampleMessage,
  ): { readonly actor: ActorState; readonly sent: readonly Sent[] } | undefined {
    if (actor.type === 'server') {
      const stepped = stepServer(this.#server(id), actor.state, from, message);
      return stepped && { actor: { type: 'server', state: stepped.state }, sent: stepped.sent };
    }
    const stepped = stepClient(this.#client(id), actor.state, message);
    return stepped && { actor: { type: 'client', state: stepped.state }, sent: stepped.sent };
  }

  /** An invocation counts when it is sent, an answer when it arrives. */
  #send(state: ExampleState, from: ActorId, { to, message }: Sent): ExampleState {
    const envelope = this.#envelopes.numberOf({ from, to, message });
    const network = withAdded(state.network, envelope);
    if (message.type !== 'put' && message.type !== 'get') return { ...state, network };
    const before = this.#histories.valueOf(state.history);
    const client = from - this.#servers;
    const after =
      message.type === 'put'
        ? invoke(before, client, { type: 'write', value: message.value })
        : invoke(before, client, { type: 'read' });
    return { ...state, network, history: this.#histories.numberOf(after) };
  }

  #historyAfter(history: number, { to, message }: Envelope): number {
    if (message.type !== 'putOk' && message.type !== 'getOk') return history;
    const output = message.type === 'getOk' ? message.value : undefined;
    const before = this.#histories.valueOf(history);
    return this.#histories.numberOf(complete(before, to - this.#servers, output));
  }

  #server(id: ActorId): Server {
    const all = Array.from({ length: this.#servers }, (_, other) => other);
    return { id, peers: all.filter((other) => other !== id) };
  }

  #client(id: ActorId): Client {
    return { id, servers: this.#servers };
  }
}

function nameActor({ type, state }: ActorState): string {
  if (type === 'client') return JSON.stringify(state);
  const { prepares, accepts, ...rest } = state;
  const promises = [...prepares].toSorted(([a], [b]) => a - b);
  const votes = [...accepts].toSorted((a, b) => a - b);
  return JSON.stringify({ ...rest, promises, votes });
}
