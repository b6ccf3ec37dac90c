/**
 * Before each file of the tests of the API: what is answered in it is watched, and at its end all of
 * it must be as is documented.
 */
import { afterAll } from 'vitest';
import { SeenAnswers } from './seen-answers.ts';

const seen = new SeenAnswers();
seen.watch();

afterAll(() => {
  seen.leave();
  if (seen.faults.length > 0) throw new Error(`not as documented: ${seen.faults.join('\n')}`);
});
