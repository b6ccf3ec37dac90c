/** So many hexadecimal digits, a multiple of 8, from numbers below 2^`bits` that are drawn at random. */
export function drawHex(drawInteger: (bits: number) => number, digits: number): string {
  let hex = '';
  while (hex.length < digits) hex += drawInteger(32).toString(16).padStart(8, '0');
  return hex;
}
