/**
 * When the demo's masters trade and which of them: pure, from the numbers drawn.
 * Invariants: the first turn comes 3 to 5 s after the hub is ready, each later one 5 to 20 s after
 * the one before; no master waits longer than it takes all the others to have had two turns.
 */
import { integerBetween, type Random } from "../platform/random.ts";

const FIRST_MS = { min: 3_000, max: 5_000 };
const NEXT_MS = { min: 5_000, max: 20_000 };

export type Turn = { readonly afterMs: number; readonly master: number };

/** The endless sequence of turns of `masters` masters; each round is in an order of its own. */
export function* turns(random: Random, masters: number): Generator<Turn, never> {
  let range = FIRST_MS;
  for (;;) {
    for (const master of shuffled(random, masters)) {
      yield { afterMs: waitOf(random, range), master };
      range = NEXT_MS;
    }
  }
}

/** Rather short than long: the square of a draw leans to the beginning of the range. */
function waitOf(random: Random, { min, max }: typeof NEXT_MS): number {
  return min + Math.floor(random.next() ** 2 * (max - min));
}

function shuffled(random: Random, count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = integerBetween(random, 0, last);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}
