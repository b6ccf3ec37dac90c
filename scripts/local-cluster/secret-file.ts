/** Draws the secret of a cluster. The file appears whole and with its mode, or not at all. */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs';

const SECRET_BYTES = 32;

/** Never drawn anew: a cluster that was made with one secret keeps it. False: it was there. */
export function drawSecret(file: string): boolean {
  if (existsSync(file)) return false;
  const draft = `${file}.${process.pid}.tmp`;
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeSync(descriptor, `${randomBytes(SECRET_BYTES).toString('hex')}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(draft, file);
  } finally {
    rmSync(draft);
  }
  return true;
}
