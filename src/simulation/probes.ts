/**
 * Rare branches that a long enough run must have been through, by name: a run reports which were
 * reached, and a nightly-length run that misses one fails. They are seen from outside: from what
 * arrives at a replica, what its core knows then and what it wants done, from what leaves it, from
 * its storage, and from what the clients are told.
 */
export const PROBES = {
  // Campaigns
  duplicatePromise: 'a promise came that was complete already',
  promisePartOutOfOrder: 'of a promise a later part came before an earlier one',
  stalePromise: 'a promise came for a ballot that its candidate has given up',
  latePromise: 'a promise came when its candidate led already',
  lateGrant: 'a campaign check was granted that is no longer asked',
  campaignNotGranted: 'a campaign check was refused',
  prepareStuck: 'a prepare was refused because a leader is alive, though its ballot is higher',
  prepareBelowPromise: 'a prepare was refused by a higher promise',
  questionBackOff: 'a campaign check found no quorum, and its replica waits longer',
  campaignBackOff: 'a campaign found no quorum, and its candidate waits longer',
  candidateYields: 'a candidate stood back for a higher ballot',
  candidateBehind: 'a candidate had its quorum, and had to catch up before it led',
  inheritedFromTwoBallots: 'a leader inherited a slot that was reported in two ballots',
  inheritedSeveral: 'a leader inherited several slots',
  gapFilledByNoop: 'a leader filled a gap below what it inherited',
  ownNoopNotFirst: "a leader's own NOOP was not the first that it proposed",
  campaignFromZero: 'a campaign asked for the log from its first slot',
  // Office
  staleAccepted: 'a vote came for a ballot that is over',
  acceptedAfterChosen: 'a vote came for a slot that was chosen already',
  duplicateAccepted: 'a vote came twice',
  chosenOutOfOrder: 'a slot was chosen before one below it',
  acceptRetransmitted: 'a leader sent a proposal again',
  windowFull: 'a leader had as many slots in flight as its window holds',
  openSlotsFull: 'a leader had as many slots proposed and not applied as may be open',
  stepDownDisk: 'a leader stepped down because its disk does not answer',
  stepDownNoQuorum: 'a leader stepped down because it reaches no quorum',
  stepDownRejected: 'a leader or candidate stepped down because it was told of a higher promise',
  stepDownYields: 'a leader stepped down for a higher ballot that it met',
  leaderClosed: 'a follower saw its leader close the connection',
  leaderSilent: 'a follower lost its leader in silence',
  // Voting
  acceptBelowPromise: 'a proposal was refused by a higher promise',
  heartbeatBelowPromise: 'a heartbeat was refused by a higher promise',
  duplicateAccept: 'a proposal came that was accepted already',
  acceptReplaces: 'a proposal took the place of an earlier one in its slot',
  acceptOfApplied: 'a proposal came for a slot that was applied already',
  acceptBeyondOpenSlots: 'a proposal came for a slot too far above what is applied',
  acceptWithoutPrepare: 'a proposal was accepted whose prepare never came',
  // Reads
  readRoundRetried: 'a read round without its confirmations was tried again',
  readRoundShared: 'several reads shared a round',
  lateConfirmation: 'a confirmation came for the nonce of an earlier round',
  confirmationBelowPromise: 'a confirmation was refused by a higher promise',
  readRefused: 'a read found no leader',
  readAtNoLeader: 'a read was asked of a replica that does not lead',
  readBeforeOwnNoop: 'a read came before the NOOP of the leader was chosen',
  // Learning
  announcedUnderOtherBallot: 'a slot was announced that is held in another ballot only',
  fetchFromFollower: 'chosen slots were pulled from a replica that does not lead',
  fetchOfSeveralPages: 'chosen slots were pulled in several pages',
  fetchFailed: 'chosen slots were pulled in vain',
  fetchedOverLostProposal: 'a chosen slot took the place of a proposal that lost',
  leaderFetched: 'a leader learnt slots from a peer',
  // Hand-over
  transferSucceeded: 'a replica led that the leader had handed over to',
  transferGivenUp: 'a leader went on because its successor did not lead in time',
  handOverLate: 'a wish for another leader came to a ballot that is over',
  takeOverLate: 'a successor was called in a ballot that it does not follow',
  // Forwarding
  forwardToStaleLeader: 'a command was forwarded to a replica that does not lead in that ballot',
  forwardRepeated: 'a forwarded command came twice',
  forwardOverloaded: 'a leader had no room for a forwarded command',
  forwardUnknown: 'a leader stepped down before it knew what became of a forwarded command',
  forwardNotTaken: 'a leader stepped down before it had proposed a forwarded command',
  // Beginning
  founderLate: 'the founder came after others had introduced themselves',
  introduceAfterGenesis: 'an introduction came to a replica that has its genesis',
  genesisRepeated: 'a genesis came that is stored already',
  genesisRefused: 'a genesis or a stranger was refused',
  // Storage
  restartWithChosen: 'a replica came back with slots that are chosen and not applied',
  restartWithMore: 'a replica came back with more on its disk than it had been told is durable',
  restartBehindOthers: 'a replica came back when others had gone on without it',
  flushOfSeveralSlots: 'one write of the state carried several slots',
  logWriteOfSeveralSlots: 'one write of the log carried several slots',
  slotOfSeveralCommands: 'one slot carried several commands',
  suspected: 'a replica knew that it may have forgotten votes',
  diskError: 'a process ended because its disk failed',
  diskFull: 'a process ended because its disk was full',
  damageFound: 'a process ended because a record was damaged',
  // Clients
  conditionFailed: 'a condition was not met',
  tooManyKeys: 'a deletion would have changed too many keys',
  requestsFull: 'a request was refused because too many wait',
  readsFull: 'a read was refused because too many wait',
  deadlineBeforeProposal: 'a deadline passed before the command left its replica',
  deadlineUnknown: 'a deadline passed after the command had left its replica',
  unknownLeaderLost: 'a command was lost sight of with its leader',
  unknownSteppedDown: 'a command was lost sight of because its leader stepped down',
  refusedNoLeader: 'a request was refused because there is no leader',
  refusedNotReady: 'a request was refused because its replica is not ready',
  refusedClosing: 'a request was refused because its replica closes',
  readDeadline: 'a deadline of a read passed',
  readWaitedForRevision: 'a local read waited for its revision',
  localReadBehind: 'a local read saw less than somebody was told of before',
  oldPageRead: 'a page was read at an older revision',
  pageCutShort: 'a page ended before its range',
  // Partitions
  cutIsolated: 'one replica was cut off',
  cutSendOnly: 'one replica heard nobody',
  cutReceiveOnly: 'one replica was heard by nobody',
  cutHalves: 'the replicas were in two halves',
  cutOneWayHalves: 'one half did not hear the other',
  cutBridge: 'two halves met at one replica only',
  cutMajoritiesRing: 'each replica had another majority',
  cutQuorumLoss: 'one replica alone reached a quorum',
  cutConstrainedElection: 'one replica alone could be elected',
  cutChain: 'each replica reached its neighbours only',
  cutSwizzle: 'links were cut one after another, and mended in another order',
  cutFlapping: 'a link was cut and mended again and again',
} as const;

export type ProbeName = keyof typeof PROBES;

export class Probes {
  readonly #reached = new Set<ProbeName>();

  reached(name: ProbeName): void {
    this.#reached.add(name);
  }

  get names(): readonly ProbeName[] {
    return [...this.#reached];
  }
}
