/** Randomness as an argument, so that a seed repeats a run. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** A small seeded generator (mulberry32, Tommy Ettinger, public domain): repeatable, not secret. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

/** A whole number in [from, to]. */
export function integerBetween(random: Random, from: number, to: number): number {
  return from + Math.floor(random.next() * (to - from + 1));
}
