/**
 * The cluster's secret, with which peers prove to each other that a frame is theirs. It comes from
 * a file that only its owner can read, or from SYNOD_SECRET; never from an argument, which every
 * user of the machine can see, and never with a default. No message here repeats any of it.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MIN_SECRET_BYTES = 16;
const MAX_SECRET_BYTES = 4096;

export type SecretRead =
  | { readonly type: 'secret'; readonly secret: Uint8Array | undefined }
  | { readonly type: 'refused'; readonly problem: string };

/** The variable wins over the file, as with every setting. `undefined`: there is none. */
export function readSecret(file: string | undefined, variable: string | undefined): SecretRead {
  if (variable !== undefined) return checkLength('SYNOD_SECRET', Buffer.from(variable));
  if (file === undefined) return { type: 'secret', secret: undefined };
  return readSecretFile(file);
}

function readSecretFile(file: string): SecretRead {
  let descriptor;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    return refused(error instanceof Error ? error.message : `${file} cannot be read`);
  }
  try {
    // The mode of what was opened, not of what the path names by now.
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return refused(`${file} is not a file`);
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      return refused(`${file} can be read or written by others; run: chmod 600 ${file}`);
    }
    const bytes = Buffer.alloc(MAX_SECRET_BYTES + 1);
    const length = readSync(descriptor, bytes, 0, bytes.length, 0);
    return checkLength(`secretFile: ${file}`, withoutLineEnd(bytes.subarray(0, length)));
  } finally {
    closeSync(descriptor);
  }
}

function withoutLineEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end -= 1;
  return bytes.subarray(0, end);
}

function checkLength(name: string, bytes: Uint8Array): SecretRead {
  if (bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES) {
    const problem = `${name}: a secret has ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes, not ${bytes.length}`;
    return { type: 'refused', problem };
  }
  return { type: 'secret', secret: Uint8Array.from(bytes) };
}

function refused(why: string): SecretRead {
  return { type: 'refused', problem: `secretFile: ${why}` };
}
