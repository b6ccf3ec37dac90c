/** N10: messages with other bytes, without their end, or in pieces; and what never was one. */
import type { Fault, FaultContext } from '../fault.ts';
import { both, drawCorruption, inPieces, makeBad } from './bad-links.ts';
import { drawGarbage } from './garbage.ts';
import { endedSince, livesOf } from './lives.ts';
import { statusOfAnswer } from './peer-request.ts';
import { expectAlone } from './wholeness.ts';

export const DAMAGE: Fault = {
  name: 'damage',
  id: 'N10',
  title: 'Messages damaged, cut short, byte by byte; garbage to the peer ports',
  episode: damage,
};

async function damage(context: FaultContext): Promise<void> {
  const { cluster, random } = context;
  const lives = livesOf(cluster.members());
  const badness = random.pick([
    drawCorruption(random),
    inPieces(),
    both(drawCorruption(random), inPieces()),
  ]);
  await makeBad(context, badness, () => throwGarbage(context));
  expectAlone(context, 'no damaged message ends a process', endedSince(cluster.members(), lives));
}

async function throwGarbage(context: FaultContext): Promise<void> {
  const { cluster, random } = context;
  const replica = random.pick(cluster.members());
  context.once(`garbage to the peer port of replica ${replica.id}`, [replica.id]);
  for (const { bytes, name, status } of drawGarbage(random)) {
    if (context.isOver()) return;
    const answered = await statusOfAnswer(replica, bytes);
    const finding =
      answered === status
        ? undefined
        : `replica ${replica.id}, ${name}: ${answered}, not ${status}`;
    expectAlone(context, 'garbage at the peer port is refused by its status', finding);
  }
}
