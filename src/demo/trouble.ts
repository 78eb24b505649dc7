/**
 * What a visitor of the demo may break, to see what the hub makes of it. Each ends by itself: links
 * and answers after a while, and what was done by hand stays, as everywhere.
 */
import type { Instant } from "../domain/instant.ts";
import type { Fate } from "../gateway/simulator/faults.ts";

export const TROUBLES = {
  disconnect: {
    title: "Cut a link",
    words:
      "The first follower's account loses its connection for a minute: what is opened meanwhile is missed.",
  },
  reject: {
    title: "Refuse orders",
    words: "Every broker refuses all orders for half a minute, for good.",
  },
  partial: {
    title: "Fill in part",
    words: "Every broker fills a tenth of each order for half a minute.",
  },
  slow: {
    title: "Answer slowly",
    words: "Every broker takes two seconds for half a minute, so that prices slip away.",
  },
  close: {
    title: "Close by hand",
    words: "A follower closes a copied position at the terminal: it stays closed.",
  },
  orphan: {
    title: "Open by hand",
    words: "A follower opens a position of his own at the terminal, which is no copy.",
  },
  deposit: {
    title: "Pay in",
    words: "A follower pays a tenth of the balance in, which is no profit.",
  },
  withdrawal: {
    title: "Pay out",
    words: "A follower takes a tenth of the balance out, which is no loss.",
  },
} as const;

export type TroubleKind = keyof typeof TROUBLES;

export const isTrouble = (kind: string): kind is TroubleKind => Object.hasOwn(TROUBLES, kind);

const LASTS_MS = 30_000;
const REFUSED_FOR_GOOD = 10006;
const TENTH_PPM = 100_000;
const SLOW_MS = 1_000;

/** What befalls every order while the trouble lasts. */
export class Trouble {
  #kind: TroubleKind | null = null;
  #until: Instant = 0;

  begin(kind: TroubleKind, now: Instant): void {
    this.#kind = kind;
    this.#until = now + LASTS_MS;
  }

  over(fate: Fate, now: Instant): Fate {
    if (now >= this.#until) return fate;
    switch (this.#kind) {
      case "reject":
        return { ...fate, rejectWith: REFUSED_FOR_GOOD };
      case "partial":
        return { ...fate, rejectWith: null, fillPpm: TENTH_PPM };
      case "slow":
        return { ...fate, requestMs: SLOW_MS, replyMs: SLOW_MS };
      default:
        return fate;
    }
  }
}
