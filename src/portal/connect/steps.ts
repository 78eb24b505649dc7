/** How far an account's connection has come, step by step, and what to do where it stands still. Pure. */
import type { StampedFigures } from "../../domain/account.ts";
import type { Instant } from "../../domain/instant.ts";
import { clockTime, money } from "../view/format.ts";

export type Pairing = "waiting" | "expired" | "withdrawn" | "paired" | "revoked";

export type ConnectionFacts = {
  /** Null where no terminal is paired for it. */
  readonly pairing: Pairing | null;
  /** Whether this process serves the account; false also where its broker was never seen. */
  readonly served: boolean;
  readonly online: boolean;
  readonly ready: boolean;
  readonly symbols: number;
  readonly figures: StampedFigures | null;
  readonly quotedAt: Instant | null;
  readonly tradeAllowed: boolean;
  /** As the hub has it. */
  readonly currency: string;
};

export type StepState = "done" | "waiting" | "fault";

export type Step = {
  readonly id: string;
  readonly label: string;
  readonly state: StepState;
  readonly words: string;
};

export type Connection = {
  readonly steps: readonly Step[];
  readonly state: StepState;
  readonly words: string;
};

const PAIRING: Readonly<Record<Pairing, readonly [StepState, string]>> = {
  waiting: ["waiting", "The code waits for the terminal. It counts once, for 15 minutes."],
  expired: ["fault", "The code has expired unused: ask for another one."],
  withdrawn: ["fault", "The code was withdrawn: ask for another one."],
  paired: ["done", "The terminal has used the code, and holds a key of its own."],
  revoked: ["fault", "The terminal's key was revoked: pair it anew."],
};

/** A step is looked at only once those before it are done: what follows from a fault is no news. */
export function connectionOf(facts: ConnectionFacts): Connection {
  const looks: readonly (() => Step)[] = [
    ...(facts.pairing === null ? [] : [() => pairingStep(facts.pairing ?? "waiting")]),
    () => linkStep(facts),
    () => symbolsStep(facts),
    () => snapshotStep(facts),
    () => quoteStep(facts),
    () => tradingStep(facts),
  ];
  let open = true;
  const steps = looks.map((look): Step => {
    const step = look();
    if (!open) return { ...step, state: "waiting", words: "" };
    open = step.state === "done";
    return step;
  });
  const last = steps.find(({ state }) => state !== "done");
  if (last === undefined) {
    return { steps, state: "done", words: "Ready: the account can follow, and be followed." };
  }
  return {
    steps,
    state: last.state,
    words: last.state === "fault" ? `It stands still at “${last.label}”.` : "Looking …",
  };
}

const step = (id: string, label: string, state: StepState, words: string): Step => ({
  ...{ id, label, state, words },
});

function pairingStep(pairing: Pairing): Step {
  const [state, words] = PAIRING[pairing];
  return step("paired", "Terminal paired", state, words);
}

function linkStep({ served, online }: ConnectionFacts): Step {
  const label = "Connected";
  if (online) return step("connected", label, "done", "The broker answers.");
  const words = served
    ? "Waiting for the broker: is the terminal running, and does its panel say “connected”?"
    : "The hub has not taken the account up yet: this takes a few seconds.";
  return step("connected", label, "waiting", words);
}

function symbolsStep({ symbols }: ConnectionFacts): Step {
  const words = symbols > 0 ? `${symbols} symbols with their volumes and digits.` : "Being read.";
  return step("symbols", "Symbols read", symbols > 0 ? "done" : "waiting", words);
}

function snapshotStep({ figures, ready, currency }: ConnectionFacts): Step {
  const label = "Snapshot read";
  if (figures === null || !ready) {
    return step("snapshot", label, "waiting", "Positions and figures are being read.");
  }
  if (figures.currency !== currency) {
    const words = `The broker says ${figures.currency}, and here the account is in ${currency}: link it again with its own currency.`;
    return step("snapshot", label, "fault", words);
  }
  const words = `Equity ${money(figures.equity, currency)} ${currency}, as of ${clockTime(figures.asOf)} UTC.`;
  return step("snapshot", label, "done", words);
}

function quoteStep({ quotedAt }: ConnectionFacts): Step {
  const words =
    quotedAt === null
      ? "No price yet: the market may be closed, or no symbol is shown in the market watch."
      : `Last price at ${clockTime(quotedAt)} UTC.`;
  return step("quote", "Quote seen", quotedAt === null ? "waiting" : "done", words);
}

function tradingStep({ tradeAllowed }: ConnectionFacts): Step {
  const words = tradeAllowed
    ? "The broker takes orders for it."
    : "The terminal or the broker takes no orders: allow algorithmic trading, and sign in with the trading password.";
  return step("trading", "Trading allowed", tradeAllowed ? "done" : "fault", words);
}
