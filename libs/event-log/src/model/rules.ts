import type { Mishap } from './kinds.js';

/**
 * The rules of the protocol (ARCHITECTURE, "One idea", and what the model has added to it) that the model can leave out,
 * in plain words, each with the mishaps that show what it is for.
 */
export const RULES = {
  headsLocked: { words: 'heads are locked to the commit', shownBy: ['rollback'] },
  gate: { words: 'nothing is appended before a check has passed', shownBy: ['producer restored', 'failover'] },
  topicAhead: { words: 'a check compares the topic’s tail with the log', shownBy: ['failover', 'producer restored'] },
  topicBehind: {
    words: 'a check notices a topic that ends before the checkpoint',
    shownBy: ['topic lost its end', 'topic recreated'],
  },
  ownTicket: {
    words: 'a gate opens by a check that was asked for after its connections broke',
    shownBy: ['producer restored'],
  },
  sameServer: {
    words: 'a check of another run of Postgres opens nothing',
    shownBy: ['unnoticed failover'],
  },
  unknownPast: {
    words: 'a check notices that records after the checkpoint are gone unseen',
    shownBy: ['failover', 'producer restored', 'retention'],
  },
  watchEnd: {
    words: 'the relay looks whether the topic still ends where it left it',
    shownBy: ['topic lost its end', 'topic recreated'],
  },
  landsAfter: {
    words: 'a send that lands before the checkpoint’s end moves no checkpoint',
    shownBy: ['topic recreated', 'topic lost its end'],
  },
  doubtEndsSession: {
    words: 'a relay whose connection broke begins again from the checkpoints',
    shownBy: ['producer restored', 'retention', 'republish'],
  },
  freshCommitted: { words: 'what is sent from memory is committed', shownBy: ['rollback'] },
  freshContinues: {
    words: 'what is sent from memory continues what was sent',
    shownBy: ['rollback', 'killed process'],
  },
  ackFirst: { words: 'a checkpoint moves after the send was acknowledged', shownBy: ['killed process', 'failed send'] },
  oneInFlight: { words: 'one batch is in flight', shownBy: ['late request'] },
  startAgain: { words: 'after a rejection the relay starts again from the checkpoint', shownBy: ['failed send'] },
  fence: { words: 'an old epoch moves no checkpoint', shownBy: ['lost lease', 'republish'] },
  inLog: {
    words: 'a checkpoint names a record of the log',
    shownBy: ['unnoticed failover', 'retention', 'republish'],
  },
  freshAnswer: {
    words: 'only the present epoch answers a check',
    shownBy: ['lost lease', 'topic recreated', 'retention'],
  },
  republishByRelay: { words: 'a republish is done by the relay, in an epoch of its own', shownBy: ['republish'] },
  republishCompares: {
    words: 'a republish hides nothing that the log does not know',
    shownBy: ['republish', 'failover', 'producer restored'],
  },
  republishBack: {
    words: 'a republish sets a checkpoint back, never forward',
    shownBy: ['republish', 'failed send', 'topic lost its end', 'lost lease'],
  },
  position: { words: 'the next record is at position + 1', shownBy: ['retention', 'topic lost its end'] },
  predecessor: {
    words: 'the next record names the stored one as its predecessor',
    shownBy: ['failover', 'late request', 'failed send', 'topic recreated', 'retention'],
  },
  skip: { words: 'what is at or below the position is skipped', shownBy: ['failed send'] },
  oneTransaction: { words: 'the row moves in the transaction that applies', shownBy: ['killed instance'] },
  rowCompared: { words: 'the row is locked and compared in that transaction', shownBy: ['assignment'] },
  seek: {
    words: 'reading begins at the stored offset, on assignment and before a gap is declared',
    shownBy: ['consumer restored', 'assignment', 'killed instance'],
  },
  lookAfterLoss: { words: 'a consumer whose connection broke reads its rows again', shownBy: ['consumer restored'] },
} as const satisfies Record<string, { readonly words: string; readonly shownBy: readonly Mishap[] }>;

export type Rule = keyof typeof RULES;
export type Rules = Readonly<Record<Rule, boolean>>;

export function isRule(name: string): name is Rule {
  return name in RULES;
}

export const ruleNames: readonly Rule[] = Object.keys(RULES).filter(isRule);

/** All rules, or all but one. */
export function rulesWithout(left?: Rule): Rules {
  const rules: Record<Rule, boolean> = { ...allOn };
  if (left !== undefined) rules[left] = false;
  return rules;
}

const allOn: Rules = {
  headsLocked: true,
  gate: true,
  topicAhead: true,
  topicBehind: true,
  ownTicket: true,
  sameServer: true,
  unknownPast: true,
  watchEnd: true,
  landsAfter: true,
  doubtEndsSession: true,
  freshCommitted: true,
  freshContinues: true,
  ackFirst: true,
  oneInFlight: true,
  startAgain: true,
  fence: true,
  inLog: true,
  freshAnswer: true,
  republishByRelay: true,
  republishBack: true,
  republishCompares: true,
  position: true,
  predecessor: true,
  skip: true,
  oneTransaction: true,
  rowCompared: true,
  seek: true,
  lookAfterLoss: true,
};
