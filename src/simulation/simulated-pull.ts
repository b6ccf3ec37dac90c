/** What simulated replicas pull from each other, as the transport's requests do. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type {
  ChosenAnswer,
  ChosenRequest,
  NetworkHandlers,
  SnapshotAnswer,
  SnapshotRequest,
} from '../transport/network.ts';
import type { OrderOutcome, OrderRequest, Probed } from '../paxos/orders.ts';
import { chunkBody, fetchBody, fetchedBody } from './message-body.ts';
import type { Watcher } from './simulated-network.ts';
import type { MessageBody } from './trace-event.ts';

export interface Pull<Answer> {
  /** As frames call it. */
  readonly type: string;
  readonly asked: MessageBody;
  readonly answered: (answer: Answer | undefined) => MessageBody;
  readonly serve: (
    handlers: NetworkHandlers,
    from: ReplicaId,
    to: ReplicaId,
    done: (answer: Answer | undefined) => void,
  ) => void;
  readonly done: (answer: Answer | undefined) => void;
}

export function chosenPull(
  watch: Watcher,
  request: ChosenRequest,
  done: (answer: ChosenAnswer | undefined) => void,
): Pull<ChosenAnswer> {
  return {
    type: 'fetchChosen',
    asked: fetchBody(request),
    answered: fetchedBody,
    serve(handlers, _from, to, answer) {
      handlers.serveChosen(request, (served) => {
        if (served?.type === 'chosenSlots') watch.served(to, served.proposals);
        answer(served);
      });
    },
    done,
  };
}

export function snapshotPull(
  request: SnapshotRequest,
  done: (answer: SnapshotAnswer | undefined) => void,
): Pull<SnapshotAnswer> {
  return {
    type: 'fetchSnapshot',
    asked: { type: 'fetchSnapshot', part: request.index },
    answered: chunkBody,
    serve: (handlers, from, _to, answer) => handlers.serveSnapshot(from, request, answer),
    done,
  };
}

export function probePull(done: (answer: Probed | undefined) => void): Pull<Probed> {
  return {
    type: 'probe',
    asked: { type: 'probe' },
    answered: () => ({ type: 'probed' }),
    serve: (handlers, _from, _to, answer) => answer(handlers.serveProbe()),
    done,
  };
}

export function orderPull(
  request: OrderRequest,
  done: (outcome: OrderOutcome | undefined) => void,
): Pull<OrderOutcome> {
  return {
    type: 'order',
    asked: { type: 'order', text: request.order.type },
    answered: (outcome) => ({ type: 'ordered', text: outcome?.type ?? 'nothing' }),
    serve: (handlers, _from, _to, answer) => handlers.serveOrder(request, answer),
    done,
  };
}
