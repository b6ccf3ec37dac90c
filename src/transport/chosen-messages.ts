/**
 * The bodies of a catch-up request and its answer. Both carry the request's nonce, drawn at
 * random: an answer counts for the one request that it was given to.
 */
import { hex128, exactFields, integer, refuse, typeOf } from './shape.ts';
import type { ChosenAnswer, ChosenRequest } from './network.ts';
import { epochProposalText, parseEpochProposals } from './proposal-json.ts';
import type { PullKind } from './pull.ts';
import { CHOSEN_PATH } from './routes.ts';

/** Catch-up answers are asked for in this bound; the answerer may give less. */
const MAX_FETCH_BYTES = 1024 ** 3;

export function encodeFetch(nonce: string, request: ChosenRequest): string {
  const { epoch, from, maxBytes } = request;
  return JSON.stringify({ type: 'fetchChosen', nonce, epoch, from, maxBytes });
}

export function parseFetch(value: unknown): {
  readonly nonce: string;
  readonly request: ChosenRequest;
} {
  const names = ['type', 'nonce', 'epoch', 'from', 'maxBytes'];
  const fields = exactFields(value, names);
  if (fields.type !== 'fetchChosen') refuse('not a catch-up request');
  const epoch = integer(fields.epoch, 1);
  const from = integer(fields.from, 1);
  const maxBytes = integer(fields.maxBytes, 1, MAX_FETCH_BYTES);
  return { nonce: hex128(fields.nonce), request: { epoch, from, maxBytes } };
}

/** As many of the proposals as fit into `maxBytes` of JSON; the requester asks for the rest. */
export function encodeChosen(nonce: string, answer: ChosenAnswer, maxBytes: number): string {
  if (answer.type === 'trimmed') {
    return `{"type":"trimmed","nonce":"${nonce}","floor":${answer.floor}}`;
  }
  const head = `{"type":"chosenSlots","nonce":"${nonce}","chosenUpTo":${answer.chosenUpTo}`;
  let room = maxBytes - head.length;
  const texts: string[] = [];
  for (const proposal of answer.proposals) {
    const proposalJson = epochProposalText(proposal);
    room -= proposalJson.length + 1;
    if (room < 0) break;
    texts.push(proposalJson);
  }
  return `${head},"proposals":[${texts.join(',')}]}`;
}

/** For the request that `nonce` and `from` belong to. */
export function parseChosen(value: unknown, nonce: string, from: number): ChosenAnswer {
  if (typeOf(value) === 'trimmed') return parseTrimmed(value, nonce, from);
  const fields = exactFields(value, ['type', 'nonce', 'chosenUpTo', 'proposals']);
  if (fields.type !== 'chosenSlots') refuse('not a catch-up answer');
  if (fields.nonce !== nonce) refuse('the answer to another request');
  const chosenUpTo = integer(fields.chosenUpTo, 0);
  const proposals = parseEpochProposals(fields.proposals);
  for (const [index, { slot }] of proposals.entries()) {
    if (slot !== from + index) refuse('a gap in the chosen slots');
    if (slot > chosenUpTo) refuse('a slot that is not chosen');
  }
  return { type: 'chosenSlots', chosenUpTo, proposals };
}

function parseTrimmed(value: unknown, nonce: string, from: number): ChosenAnswer {
  const fields = exactFields(value, ['type', 'nonce', 'floor']);
  if (fields.nonce !== nonce) refuse('the answer to another request');
  const floor = integer(fields.floor, 1);
  if (floor < from) refuse('a floor below what was asked for');
  return { type: 'trimmed', floor };
}

export const CHOSEN: PullKind<ChosenRequest, ChosenAnswer> = {
  path: CHOSEN_PATH,
  type: 'fetchChosen',
  encodeRequest: encodeFetch,
  parseRequest: parseFetch,
  encodeAnswer: encodeChosen,
  parseAnswer: (value, nonce, { from }) => parseChosen(value, nonce, from),
};
