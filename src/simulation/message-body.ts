/** Messages and commands as a trace shows them. Built only while a trace is recorded. */
import { decodeBatch } from '../kv/batch.ts';
import { decodeCommand } from '../kv/command-codec.ts';
import type { LeaseOperation } from '../kv/lease.ts';
import type { Condition, Operation } from '../kv/operation.ts';
import type { Action, Guard, Transaction } from '../kv/transaction.ts';
import { unreachable } from '../paxos/assert.ts';
import { formatBallot } from '../paxos/ballot.ts';
import type { Command, Proposal } from '../paxos/command.ts';
import type { PromiseMessage, Status } from '../paxos/messages.ts';
import type { Forward, ForwardedOutcome, PeerMessage } from '../transport/messages.ts';
import type { ChosenAnswer, ChosenRequest, SnapshotAnswer } from '../transport/network.ts';
import { type Content, contentName, numberOfPut } from './clients/content.ts';
import type { MessageBody, ProposalBody } from './trace-event.ts';

/** Of a value, in a trace. */
const MAX_VALUE_CHARS = 24;
const TEXT = new TextDecoder();

export function messageBody(message: PeerMessage): MessageBody {
  const { type } = message;
  switch (message.type) {
    case 'prepare':
      return { ...balloted(message), from: message.from };
    case 'promise':
      return promiseBody(message);
    case 'accept':
      return {
        ...balloted(message),
        slot: message.slot,
        command: commandText(message.command),
        chosenUpTo: message.chosenUpTo,
      };
    case 'accepted':
      return { ...balloted(message), slot: message.slot };
    case 'campaignChecked':
      return { ...refusalBody(message), granted: message.granted };
    case 'rejected':
      return refusalBody(message);
    case 'heartbeat':
    case 'takeOver':
      return { ...balloted(message), chosenUpTo: message.chosenUpTo };
    case 'checkCampaign':
    case 'heard':
      return balloted(message);
    case 'confirmLeader':
    case 'leaderConfirmed':
      return { ...balloted(message), nonce: message.nonce };
    case 'readIndex':
      return { type, nonce: message.nonce };
    case 'readIndexed':
      return { ...balloted(message), nonce: message.nonce, ...slotOf(message.readIndex) };
    case 'handOver':
      return { ...balloted(message), to: message.to };
    case 'status':
      return statusBody(message);
    case 'epochEnded':
      return { type, slot: message.slot };
    case 'forward':
      return forwardBody(message);
    case 'forwarded':
      return { type, ...outcomeBody(message.outcome) };
    case 'trace':
    case 'traced':
      return { type, ballot: formatBallot(message.ballot), slot: message.slot };
    case 'introduce':
    case 'genesis':
    case 'genesisStored':
      return { type };
    case 'genesisRefused':
      return { type, text: message.reason };
    default:
      return unreachable(message);
  }
}

/** The pull of chosen slots, which travels beside the messages. */
export function fetchBody(request: ChosenRequest): MessageBody {
  return { type: 'fetch', from: request.from };
}

/** A chunk of a state, or why there is none. */
export function chunkBody(answer: SnapshotAnswer | undefined): MessageBody {
  if (answer === undefined) return { type: 'snapshotRefused' };
  if (answer.type !== 'snapshotChunk') return { type: answer.type };
  return { type: 'snapshotChunk', slot: answer.slot, part: answer.index };
}

/** Undefined: there was nothing to be had. */
export function fetchedBody(answer: ChosenAnswer | undefined): MessageBody {
  if (answer?.type === 'trimmed') return { type: 'trimmed', slot: answer.floor };
  return { type: 'fetched', proposals: (answer?.proposals ?? []).map(proposalBody) };
}

/** `put k1='a', delete k2`; `noop 3.1`. */
export function commandText(command: Command): string {
  if (command.type === 'noop') return `noop ${formatBallot(command.ballot)}`;
  if (command.type === 'stop') return `stop ${command.membership.epoch - 1}`;
  return orStrange(command.bytes, () => {
    const texts = decodeBatch(command.bytes).map((bytes) => operationTextOf(bytes));
    return texts.join(', ');
  });
}

export function operationText(operation: Operation): string {
  switch (operation.type) {
    case 'put':
      return `put ${operation.key}='${contentText(operation)}'${conditionText(operation)}`;
    case 'delete':
      return `delete ${operation.key}${conditionText(operation)}`;
    case 'deleteRange':
      return `delete ${operation.prefix}*`;
    case 'increment':
      return `${operation.key} += ${operation.by}${conditionText(operation)}`;
    case 'transaction':
      return transactionText(operation);
    default:
      return leaseText(operation);
  }
}

function leaseText(operation: LeaseOperation): string {
  switch (operation.type) {
    case 'leaseGrant':
      return `lease of ${operation.ttlMs} ms`;
    case 'leaseRenew':
      return `renew lease ${operation.lease}`;
    case 'leaseRevoke':
      return `revoke lease ${operation.lease}`;
    case 'lockAcquire':
      return `lock ${operation.name} for ${operation.ttlMs} ms, wait ${operation.waitMs} ms`;
    case 'lockLeave':
      return `leave ${operation.name}, ${operation.waiter}${operation.givesBack ? ', give back' : ''}`;
    case 'lockRenew':
      return `renew lock ${operation.name}`;
    case 'lockRelease':
      return `release lock ${operation.name}`;
    case 'expire': {
      const leases = operation.leases.map(({ lease }) => `lease ${lease}`);
      const keys = operation.keys.map(({ key }) => key);
      return `expire ${[...leases, ...keys].join(' ')}`;
    }
    default:
      return unreachable(operation);
  }
}

function operationTextOf(bytes: Uint8Array): string {
  return orStrange(bytes, () => operationText(decodeCommand(bytes).operation));
}

/** A trace is told to its end, also where a bug made bytes that nobody can read. */
function orStrange(bytes: Uint8Array, textOf: () => string): string {
  try {
    return textOf();
  } catch {
    return `${bytes.length} strange bytes`;
  }
}

function transactionText({ guards, otherwise, whenMet }: Transaction): string {
  const condition = guards.length === 0 ? '' : ` if ${guards.map(guardText).join(' and ')}`;
  const last = otherwise === undefined ? '' : ` else {${otherwise.map(actionText).join('; ')}}`;
  return `{${whenMet.map(actionText).join('; ')}}${condition}${last}`;
}

function guardText(guard: Guard): string {
  if (guard.type === 'exists') return `${guard.key} is ${guard.operand ? 'there' : 'absent'}`;
  const { comparison, key, operand, type } = guard;
  const text = typeof operand === 'number' ? `${operand}` : `'${TEXT.decode(operand)}'`;
  return `${key}'s ${type} ${comparison} ${text}`;
}

function actionText(action: Action): string {
  switch (action.type) {
    case 'put':
      return `put ${action.key}='${contentText(action)}'`;
    case 'delete':
    case 'get':
      return `${action.type} ${action.key}`;
    case 'deletePrefix':
      return `delete ${action.prefix}*`;
    case 'list':
      return `list from ${action.start}, ${action.limit}`;
    case 'increment':
      return `${action.key} += ${action.by}`;
    default:
      return unreachable(action);
  }
}

function conditionText({ condition }: { readonly condition?: Condition }): string {
  if (condition === undefined) return '';
  const { ifMatch, ifNoneMatch } = condition;
  const match = ifMatch === undefined ? '' : ` if at ${revisionsText(ifMatch)}`;
  const noneMatch = ifNoneMatch === undefined ? '' : ` if not at ${revisionsText(ifNoneMatch)}`;
  return match + noneMatch;
}

function revisionsText(revisions: '*' | readonly number[]): string {
  return revisions === '*' ? 'any' : revisions.join(' or ');
}

/** The value, or the name of what a client puts. */
function contentText(content: Content): string {
  if (numberOfPut(content) !== undefined) return contentName(content);
  const { value } = content;
  const text = TEXT.decode(value.subarray(0, MAX_VALUE_CHARS));
  return value.length > MAX_VALUE_CHARS ? `${text}...` : text;
}

function balloted(message: {
  readonly type: string;
  readonly ballot: { readonly round: number; readonly leader: number };
}): MessageBody {
  return { type: message.type, ballot: formatBallot(message.ballot) };
}

function refusalBody(
  message: Extract<PeerMessage, { readonly type: 'rejected' | 'campaignChecked' }>,
): MessageBody {
  return { ...balloted(message), promised: formatBallot(message.promised) };
}

function promiseBody(message: PromiseMessage): MessageBody {
  const { accepted, chosenUpTo, part, parts } = message;
  return {
    ...balloted(message),
    chosenUpTo,
    proposals: accepted.map(proposalBody),
    ...(parts === 1 ? {} : { part, parts }),
  };
}

function proposalBody({ slot, ballot, command }: Proposal): ProposalBody {
  return { slot, ballot: formatBallot(ballot), command: commandText(command) };
}

function statusBody({ type, promised, chosenUpTo, appliedUpTo }: Status): MessageBody {
  return { type, promised: formatBallot(promised), chosenUpTo, appliedUpTo };
}

function forwardBody({ type, ballot, command }: Forward): MessageBody {
  return { type, ballot: formatBallot(ballot), command: operationTextOf(command) };
}

function outcomeBody(outcome: ForwardedOutcome): Partial<MessageBody> {
  if (outcome.type !== 'applied') return { outcome: outcome.type, text: outcome.reason };
  return { outcome: outcome.type, slot: outcome.slot, text: outcome.answer.type };
}

function slotOf(slot: number | undefined): Partial<MessageBody> {
  return slot === undefined ? {} : { slot };
}
