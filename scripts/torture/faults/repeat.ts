/** N9: messages that come again, also much later and in later streams, and out of order. */
import type { Fault, FaultContext } from '../fault.ts';
import { both, drawCopies, drawDisorder, makeBad } from './bad-links.ts';

export const REPEAT: Fault = {
  name: 'repeat',
  id: 'N9',
  title: 'Each message again, 1 to 5 times and up to 60 s late; out of order',
  episode: (context) => makeBad(context, draw(context)),
};

function draw({ random }: FaultContext) {
  switch (random.between(1, 4)) {
    case 1:
      return drawCopies(random);
    case 2:
      return drawDisorder(random);
    default:
      return both(drawCopies(random), drawDisorder(random));
  }
}
