/**
 * The bodies of a catch-up request and its answer. Both carry the request's nonce, drawn at
 * random: an answer counts for the one request that it was given to.
 */
import { hex128, exactFields, integer, refuse } from './shape.ts';
import type { ChosenAnswer, ChosenRequest } from './network.ts';
import { epochProposalText, parseEpochProposals } from './proposal-json.ts';

export interface FetchChosen extends ChosenRequest {
  readonly type: 'fetchChosen';
  readonly nonce: string;
}

export interface ChosenSlots extends ChosenAnswer {
  readonly type: 'chosenSlots';
  readonly nonce: string;
}

/** Catch-up answers are asked for in this bound; the answerer may give less. */
const MAX_FETCH_BYTES = 1024 ** 3;

export function encodeFetch(nonce: string, request: ChosenRequest): string {
  const { epoch, from, maxBytes } = request;
  const body: FetchChosen = { type: 'fetchChosen', nonce, epoch, from, maxBytes };
  return JSON.stringify(body);
}

export function parseFetch(value: unknown): FetchChosen {
  const names = ['type', 'nonce', 'epoch', 'from', 'maxBytes'];
  const { type, nonce, epoch, from, maxBytes } = exactFields(value, names);
  return {
    type: type === 'fetchChosen' ? type : refuse('not a catch-up request'),
    nonce: hex128(nonce),
    epoch: integer(epoch, 1),
    from: integer(from, 1),
    maxBytes: integer(maxBytes, 1, MAX_FETCH_BYTES),
  };
}

/** As many of the proposals as fit into `maxBytes` of JSON; the requester asks for the rest. */
export function encodeChosen(nonce: string, answer: ChosenAnswer, maxBytes: number): string {
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
  const fields = exactFields(value, ['type', 'nonce', 'chosenUpTo', 'proposals']);
  if (fields.type !== 'chosenSlots') refuse('not a catch-up answer');
  if (fields.nonce !== nonce) refuse('the answer to another request');
  const chosenUpTo = integer(fields.chosenUpTo, 0);
  const proposals = parseEpochProposals(fields.proposals);
  for (const [index, { slot }] of proposals.entries()) {
    if (slot !== from + index) refuse('a gap in the chosen slots');
    if (slot > chosenUpTo) refuse('a slot that is not chosen');
  }
  return { chosenUpTo, proposals };
}
