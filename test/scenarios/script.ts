/**
 * Scenarios are written as scripts, a line for each step; `#` opens a comment.
 *
 *   cast P1 P2 A1 A2 A3 L1          who plays: proposers, acceptors, learners; or replicas R1 R2 R3
 *   round P2 1                      the highest round that P2 has heard of at the start
 *   ballots full                    show ballots as round.proposer, where rounds are not unique
 *   hide heartbeat heard            messages of these types are neither delivered nor shown
 *   show heartbeat                  from now on they are
 *   say TEXT                        a line of the transcript
 *   lanes                           the names of the lanes, again
 *   propose P1 cat to A1 A2         of their own accord; without `to`: all
 *   campaign P1 | retransmit P1 | ask L1 | tick R1
 *   deliver prepare P1 > A1 A2      from one to several, or from several to one
 *   deliver accept@3 R1 > R2        the one for slot 3
 *   drop prepare P1 > A3            it is lost
 *   repeat prepare P1 > A1          a copy arrives; the message is still on its way
 *   rest                            all that is on its way arrives, oldest first
 *   times 3 ... end                 the lines between, three times
 *   travel accept 4                 with the clock: ticks under way (1 for all not named)
 *   back-off 1..8 seed 3            with the clock: ticks from a refusal to the next attempt
 *   leader P1                       with the clock: only P1 tries again
 *   wait 50                         the clock runs for 50 ticks, or until nothing is left to do
 *   box                             what went in and what came out
 */
import type { Message } from '../../src/paxos/single-decree/messages.ts';
import { Parties } from './parties.ts';
import { Replicas } from './replicas.ts';
import { Stage } from './stage.ts';
import type { Typed } from './troupe.ts';

/** The text of the transcript; `shape` is where the run has got to, see `Stage`. */
export interface Played {
  readonly text: string;
  readonly shape: string;
}

/** What a run needs to know before it begins, wherever it stands in the script. */
interface Setting {
  readonly names: readonly string[];
  readonly rounds: ReadonlyMap<string, number>;
  readonly fullBallots: boolean;
}

export function play(script: string): Played {
  const lines = repeated(linesOf(script));
  const setting = settingOf(lines);
  const isLog = setting.names.some((name) => name.startsWith('R'));
  if (isLog) return perform(new Stage(new Replicas(setting.names, setting.rounds)), lines);
  return perform(new Stage<Message>(new Parties(setting)), lines);
}

function perform<M extends Typed>(stage: Stage<M>, lines: readonly string[]): Played {
  for (const line of lines) {
    try {
      obey(stage, line);
    } catch (error) {
      throw new Error(`in the line "${line}", after:\n${stage.transcript.text()}`, {
        cause: error,
      });
    }
  }
  return { text: stage.transcript.text(), shape: stage.shape() };
}

function linesOf(script: string): string[] {
  const lines = script.split('\n').map((line) => line.replace(/#.*$/, '').trim());
  return lines.filter((line) => line !== '');
}

/** `times N ... end`, written out. */
function repeated(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => line.startsWith('times '));
  if (start === -1) return [...lines];
  const end = lines.indexOf('end', start);
  if (end === -1) throw new Error('times without end');
  const block = lines.slice(start + 1, end);
  const count = Number(lines[start]?.split(' ')[1]);
  const written = Array.from({ length: count }, () => block).flat();
  return [...lines.slice(0, start), ...written, ...repeated(lines.slice(end + 1))];
}

function settingOf(lines: readonly string[]): Setting {
  const words = lines.map((line) => line.split(' '));
  const rounds = words.filter(([verb]) => verb === 'round');
  return {
    names: words.find(([verb]) => verb === 'cast')?.slice(1) ?? [],
    rounds: new Map(rounds.map(([, name = '', round]) => [name, Number(round)])),
    fullBallots: lines.includes('ballots full'),
  };
}

function obey<M extends Typed>(stage: Stage<M>, line: string): void {
  const [verb = '', ...words] = line.split(' ');
  switch (verb) {
    case 'cast':
    case 'round':
    case 'ballots':
      return;
    case 'hide':
      for (const type of words) stage.hidden.add(type);
      return;
    case 'show':
      for (const type of words) stage.hidden.delete(type);
      return;
    case 'say':
      return stage.transcript.say(words.join(' '));
    case 'lanes':
      return stage.transcript.heading();
    case 'box':
      return stage.box();
    case 'rest':
      return stage.rest();
    case 'wait':
      return stage.wait(Number(words[0]));
    case 'deliver':
    case 'drop':
    case 'repeat':
      return carry(stage, verb, words);
    case 'travel':
      stage.travel.set(words[0] ?? '', Number(words[1]));
      return;
    case 'back-off':
      return setBackOff(stage, words);
    case 'leader':
      stage.backOff = { type: 'leader', leader: words[0] ?? '', delay: 1 };
      return;
    default:
      return act(stage, verb, words);
  }
}

function setBackOff<M extends Typed>(stage: Stage<M>, [range = '', , seed]: string[]): void {
  const [low = 1, high = low] = range.split('..').map(Number);
  stage.backOff = { type: 'random', low, high };
  stage.random.random = Number(seed ?? 1);
}

function carry<M extends Typed>(
  stage: Stage<M>,
  verb: 'deliver' | 'drop' | 'repeat',
  [type = '', ...words]: string[],
): void {
  const arrow = words.indexOf('>');
  for (const from of words.slice(0, arrow)) {
    for (const to of words.slice(arrow + 1)) stage[verb](type, from, to);
  }
}

function act<M extends Typed>(
  stage: Stage<M>,
  verb: string,
  [name = '', ...words]: string[],
): void {
  const cut = words.indexOf('to');
  const value = cut === 0 ? undefined : words[0];
  stage.act(name, { verb, value, to: cut === -1 ? [] : words.slice(cut + 1) });
}
