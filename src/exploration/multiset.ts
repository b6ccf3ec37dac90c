/** Numbers with repetitions, such as the messages that are under way: ascending arrays. */

export function withAdded(numbers: readonly number[], added: number): number[] {
  const result: number[] = [];
  let isPlaced = false;
  for (const number of numbers) {
    if (!isPlaced && number > added) {
      result.push(added);
      isPlaced = true;
    }
    result.push(number);
  }
  if (!isPlaced) result.push(added);
  return result;
}

/** Takes out one of them. */
export function withoutOne(numbers: readonly number[], removed: number): number[] {
  const at = numbers.indexOf(removed);
  return numbers.filter((_, place) => place !== at);
}

/** Each of them once, ascending. */
export function distinct(numbers: readonly number[]): number[] {
  return numbers.filter((number, place) => place === 0 || numbers[place - 1] !== number);
}
