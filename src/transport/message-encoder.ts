/** A message as the JSON text of a frame's body. `JSON.stringify` leaves out what is undefined. */
import { unreachable } from '../paxos/assert.ts';
import type { Accept, PromiseMessage } from '../paxos/messages.ts';
import type { Forward, Forwarded, StreamMessage } from './messages.ts';
import { outcomeText } from './outcome-json.ts';
import { ballotText, commandText, proposalText } from './proposal-json.ts';
import { base64 } from './shape.ts';

export function encodeMessage(message: StreamMessage): string {
  switch (message.type) {
    case 'accept':
      return acceptText(message);
    case 'promise':
      return promiseText(message);
    case 'forward':
      return forwardText(message);
    case 'forwarded':
      return forwardedText(message);
    case 'checkCampaign':
    case 'campaignChecked':
    case 'prepare':
    case 'accepted':
    case 'rejected':
    case 'heartbeat':
    case 'heard':
    case 'confirmLeader':
    case 'leaderConfirmed':
    case 'readIndex':
    case 'readIndexed':
    case 'handOver':
    case 'takeOver':
    case 'status':
    case 'epochEnded':
    case 'trace':
    case 'traced':
    case 'hello':
    case 'introduce':
    case 'genesis':
    case 'genesisStored':
    case 'genesisRefused':
      return JSON.stringify(message);
    default:
      return unreachable(message);
  }
}

function acceptText(message: Accept): string {
  const { epoch, ballot, slot, command, chosenUpTo } = message;
  return (
    `{"type":"accept","epoch":${epoch},"ballot":${ballotText(ballot)},"slot":${slot},` +
    `"command":${commandText(command)},"chosenUpTo":${chosenUpTo}}`
  );
}

function promiseText(message: PromiseMessage): string {
  const { epoch, ballot, chosenUpTo, part, parts, accepted } = message;
  return (
    `{"type":"promise","epoch":${epoch},"ballot":${ballotText(ballot)},` +
    `"chosenUpTo":${chosenUpTo},"part":${part},"parts":${parts},` +
    `"accepted":[${accepted.map(proposalText).join(',')}]}`
  );
}

function forwardedText({ id, outcome, trace }: Forwarded): string {
  const story = trace === undefined ? '' : `,"trace":${JSON.stringify(trace)}`;
  return `{"type":"forwarded","id":"${id}","outcome":${outcomeText(outcome)}${story}}`;
}

function forwardText(message: Forward): string {
  const { id, ballot, command, remainingMs, trace } = message;
  const wholeMs = Math.max(0, Math.floor(remainingMs));
  return (
    `{"type":"forward","id":"${id}","ballot":${ballotText(ballot)},` +
    `"command":"${base64(command)}","remainingMs":${wholeMs}${trace === true ? ',"trace":true' : ''}}`
  );
}
