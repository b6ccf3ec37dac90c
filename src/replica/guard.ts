/** A failed disk, or a bug: the process must end. */
export function guard(
  { onFatal }: { readonly onFatal: (error: Error) => void },
  run: () => void,
): void {
  try {
    run();
  } catch (error) {
    onFatal(error instanceof Error ? error : new Error(String(error)));
  }
}
