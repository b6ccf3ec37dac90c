/** Hosts that only this machine reaches: the only ones to listen on without a secret. */
import { isIPv4 } from 'node:net';

export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIPv4(host) && host.startsWith('127.');
}
