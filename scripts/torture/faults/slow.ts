/** N8: a bad network: loss, delay and jitter, little bandwidth. */
import type { Fault, FaultContext } from '../fault.ts';
import { both, drawDelay, drawLoss, makeBad, narrow } from './bad-links.ts';

export const SLOW: Fault = {
  name: 'slow',
  id: 'N8',
  title: 'Messages lost (1 to 50 %), late (up to 2 s, with jitter), at 32 kbit/s',
  episode: (context) => makeBad(context, draw(context)),
};

function draw({ random }: FaultContext) {
  switch (random.between(1, 5)) {
    case 1:
      return drawLoss(random);
    case 2:
      return narrow();
    case 3:
      return both(drawLoss(random), drawDelay(random));
    default:
      return drawDelay(random);
  }
}
