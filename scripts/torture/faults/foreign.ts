/**
 * N11: messages of another cluster, of a life that is over, of somebody who is no member, of epochs
 * that have ended or never begun. All are sealed with the secret of the cluster: what keeps them out
 * is what they say.
 */
import type { KeyObject } from 'node:crypto';
import type { LinkMessage } from '../../links/links.ts';
import { majorities } from '../../../src/paxos/membership.ts';
import { type Envelope, macKey, sealFrame } from '../../../src/transport/frame.ts';
import { encodeFetch } from '../../../src/transport/chosen-messages.ts';
import { CHOSEN_PATH } from '../../../src/transport/routes.ts';
import type { Fault, FaultContext } from '../fault.ts';
import { type Changes, epochOf, readFrame, sealAnew, strangeIncarnation } from './forgery.ts';
import { endedSince, livesOf } from './lives.ts';
import { give, type Membership, membershipOf, membershipsAt } from './membership-orders.ts';
import { posted, statusOfAnswer } from './peer-request.ts';
import { idsOf } from './targets.ts';
import { becomeWhole, expectAlone } from './wholeness.ts';

const CAPTURE_MS = 1_000;
const REPLAY_MS = 3_000;
const MOST_CAPTURED = 2_000;
const MOST_FORGED = 200;
const EPOCHS_AHEAD = 1_000;
const NOBODY = 60_000;
const FORBIDDEN = 403;

export const FOREIGN: Fault = {
  name: 'foreign',
  id: 'N11',
  title: 'Messages of another cluster, an old life, no member, an old or a future epoch',
  episode: sayForeignThings,
};

const FORGERIES: readonly (Changes & { readonly text: string })[] = [
  { text: 'another cluster', cluster: strangeIncarnation('c') },
  { text: 'no cluster', cluster: '' },
  { text: 'another life of the sender', fromIncarnation: strangeIncarnation('a') },
  { text: 'another life of the receiver', toIncarnation: strangeIncarnation('b') },
  { text: 'no member', from: NOBODY },
];

async function sayForeignThings(context: FaultContext): Promise<void> {
  const { cluster } = context;
  const key = macKey(Buffer.from(cluster.secret));
  const before = await membershipOf(context);
  const lives = livesOf(cluster.members());
  const all = idsOf(cluster.members());
  const end = context.begin('captured, forged and late messages', all);
  const captured = await capture(context);
  await pull(context, key, captured);
  const ahead = (before?.epoch ?? 0) + EPOCHS_AHEAD;
  const forgeries = [...FORGERIES, { text: 'a future epoch', epoch: ahead }];
  const forged = await put(context, forge(key, captured, forgeries));
  expectAlone(context, 'foreign messages change no membership', await changed(context, before));
  await endEpoch(context, before);
  const late = await put(context, captured);
  end(`${forged} forged messages, ${late} from before the last epoch`);
  expectAlone(context, 'foreign messages end no process', endedSince(cluster.members(), lives));
  await becomeWhole(context);
}

/** What is said on all links for a moment. */
async function capture(context: FaultContext): Promise<readonly LinkMessage[]> {
  const captured: LinkMessage[] = [];
  const stop = context.links.watch((message) => {
    if (captured.length < MOST_CAPTURED) captured.push(message);
    return 'pass';
  });
  await context.lasts(CAPTURE_MS);
  stop();
  return captured;
}

function forge(
  key: KeyObject,
  captured: readonly LinkMessage[],
  forgeries: readonly Changes[],
): readonly LinkMessage[] {
  const frames = captured.slice(0, MOST_FORGED);
  return frames.flatMap((message) => {
    const envelope = readFrame(key, message.line);
    if (envelope === undefined) return [];
    return forgeries.flatMap((changes) =>
      changes.epoch !== undefined && epochOf(envelope) === undefined
        ? []
        : [{ ...message, line: sealAnew(key, envelope, changes) }],
    );
  });
}

/** On the streams of those who said it, or are said to. How many there were streams for. */
async function put(context: FaultContext, messages: readonly LinkMessage[]): Promise<number> {
  const said = messages.filter(({ from, line, to }) => context.links.inject(from, to, line));
  await context.lasts(REPLAY_MS);
  return said.length;
}

/** Where an answer shows that they are refused: a request for chosen slots. */
async function pull(
  context: FaultContext,
  key: KeyObject,
  captured: readonly LinkMessage[],
): Promise<void> {
  const [heard] = captured.flatMap(({ line }) => readFrame(key, line) ?? []);
  if (heard === undefined) return;
  const body = encodeFetch(strangeIncarnation('d'), { epoch: 1, from: 1, maxBytes: 1 });
  for (const { text, ...changes } of FORGERIES) {
    const { body: _said, ...header }: Envelope = { ...heard, ...changes };
    const line = sealFrame(key, header, Buffer.from(body));
    const replica = context.cluster.replica(heard.to);
    const status = await statusOfAnswer(replica, posted(CHOSEN_PATH, line));
    const finding = status === FORBIDDEN ? undefined : `${text}: ${status}, not ${FORBIDDEN}`;
    if (!context.isOver()) expectAlone(context, 'a foreign request is refused with 403', finding);
  }
}

async function changed(
  { cluster }: FaultContext,
  before: Membership | undefined,
): Promise<string | undefined> {
  if (before === undefined) return undefined;
  const others = (await membershipsAt(cluster.members())).filter(
    ({ clusterId, epoch }) => clusterId !== before.clusterId || epoch > before.epoch,
  );
  const [first] = others;
  return first === undefined
    ? undefined
    : `cluster ${first.clusterId}, epoch ${first.epoch}; it was ${before.clusterId}, ${before.epoch}`;
}

/** The same quorums again: a new epoch, in which all that was captured is old. */
async function endEpoch(context: FaultContext, before: Membership | undefined): Promise<void> {
  if (before === undefined || context.isOver()) return;
  const voters = before.members.filter(({ role }) => role === 'voter');
  const body = majorities(voters.length);
  await give(context, { method: 'PUT', path: 'quorums', body });
}
