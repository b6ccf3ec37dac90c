/** Replicas by name: `replica 3`, `replicas 1, 2`. */
export function names(ids: readonly number[]): string {
  return `${ids.length === 1 ? 'replica' : 'replicas'} ${ids.join(', ')}`;
}
