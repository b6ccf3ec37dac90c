/** `draw-secret FILE`: draws a cluster's secret into a file (0600), unless it is there already. */
import { drawSecret } from './local-cluster/secret-file.ts';

const [file, ...rest] = process.argv.slice(2);
if (file === undefined || rest.length > 0) {
  console.error('usage: draw-secret FILE');
  process.exitCode = 2;
} else {
  console.log(drawSecret(file) ? `${file}: drawn` : `${file}: kept`);
}
