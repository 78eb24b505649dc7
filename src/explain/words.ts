/**
 * Each recorded step of a decision as a sentence with its numbers, and where its settings came
 * from. Pure; unknown steps stay as facts.
 */
import type { Step } from "../follower/decision.ts";
import { facts, moneyWords, of } from "./facts.ts";
import { settingsBehind } from "./settings-behind.ts";
import { sizeWords } from "./size-words.ts";

type Say = (step: Step) => string;

/** A cap of which nothing was left, or that cut the size to `volume`. */
function cutWords(step: Step): string {
  const scope = step["of"] === "account" ? "the account's " : "";
  const [name = "limit", most = "–"] =
    Object.entries(step).filter(([key]) => key !== "step")[0] ?? [];
  const rest = facts(step, [name, "volume", "of"]);
  const because = rest === "" ? "" : ` (${rest})`;
  const left = step["volume"] === undefined ? "" : ` → ${step["volume"]}`;
  if (name === "freeMargin")
    return `limited by the free margin ${moneyWords(most)}${because}${left}`;
  return `capped by ${scope}${name} ${most}${because}${left}`;
}

function roundWords(step: Step): string {
  const carried = step["carried"] === undefined ? "" : `${step["carried"]} lots carried over, `;
  const minimum = step["minimum"] === undefined ? "" : `, the minimum is ${step["minimum"]}`;
  const steps = `rounded down to steps of ${of(step, "volumeStep")}`;
  const left = step["left"] === undefined ? "" : `; ${step["left"]} lots are carried on`;
  return `${carried}${steps} → ${of(step, "volume")}${minimum}${left}`;
}

function newsWords(step: Step): string {
  if (step["calendar"] === "none") return "there is no economic calendar to ask";
  const event = `${of(step, "impact")} impact ${of(step, "currency")} release`;
  return `too near to a ${event} "${of(step, "title")}" at ${of(step, "at")}`;
}

function priceWords(step: Step): string {
  const told = ["ageMs", "masterPrice", "price", "worsePoints"];
  const rest = facts(step, told);
  return (
    `the signal was ${of(step, "ageMs")} ms old; master's price ${of(step, "masterPrice")}, ` +
    `ours ${of(step, "price")}, worse by ${of(step, "worsePoints")} points` +
    (rest === "" ? "" : `; ${rest}`)
  );
}

function orderMore(step: Step): string {
  const rest = facts(step, ["order", "price", "bid", "ask"]);
  return rest === "" ? "" : `; ${rest}`;
}

const WORDS: Readonly<Record<string, Say>> = {
  size: sizeWords,
  round: roundWords,
  carry: (step) =>
    `${of(step, "left")} lots are carried on to the next copy of ${of(step, "symbol")}`,
  raise: (step) => `raised to the symbol's minimum ${of(step, "volume")}`,
  cut: cutWords,
  cap: (step) => `capped at the symbol's maximum ${of(step, "maximum")}`,
  split: (step) =>
    `split at the symbol's maximum ${of(step, "maximum")}: ${facts(step, ["maximum"])}`,
  correlation: (step) =>
    step["held"] === undefined
      ? `what is held cannot be compared: ${facts(step, [])}`
      : `${of(step, "held")} lots of ${of(step, "currency")} are held on the same side already ` +
        `(${of(step, "mode")}) → ${of(step, "volume")}`,
  price: priceWords,
  hours: (step) =>
    `it is ${of(step, "local")} in ${of(step, "timeZone")}, outside the trading hours`,
  news: newsWords,
  throttle: (step) =>
    `${of(step, "opens")} opens within ${of(step, "windowMs")} ms, and ${of(step, "count")} are ` +
    "allowed: the throttle trips, and nothing is opened until it is enabled again",
  delay: (step) => `waits ${of(step, "ms")} ms before it is sent`,
  stops: (step) => `too close to the market: ${facts(step, [])}`,
  symbol: (step) =>
    step["masterMid"] === undefined
      ? `the symbol: ${facts(step, [])}`
      : `${of(step, "symbol")} stands at ${of(step, "mid")} here and at ${of(step, "masterMid")} ` +
        "at the master's: more than 0.5 % apart without a mapped price factor",
  reduce: (step) =>
    `the master went from ${of(step, "before")} to ${of(step, "after")} lots: of ` +
    `${of(step, "held")} held, the target is ${of(step, "target")}, so ${of(step, "volume")} is closed`,
  close: (step) => `all that is held is closed: ${of(step, "held")} lots`,
  protect: (step) => `stop-loss ${of(step, "stopLoss")}, take-profit ${of(step, "takeProfit")}`,
  restored: (step) => `from before the ledger was restored: ${of(step, "plans")} is not sent again`,
  monitor: (step) => `only watched: ${of(step, "plans")} would have been sent`,
  order: (step) =>
    step["bid"] === undefined
      ? `the follower's broker takes no such order: ${of(step, "order")}`
      : `as the follower's own order: ${of(step, "order")} at ${of(step, "price")}, while bid and ` +
        `ask are ${of(step, "bid")} and ${of(step, "ask")}${orderMore(step)}`,
  orders: (step) =>
    `${of(step, "volume")} lots would be ${of(step, "orders")} orders, and one cannot be linked to several`,
  over: () => "the master's order had filled, or was gone, before it could be placed",
  resized: (step) =>
    `the master's order went from ${of(step, "before")} to ${of(step, "after")} lots, which no broker ` +
    "lets an order do: the follower's is cancelled, and opened when the master's fills",
  mirror: (step) =>
    step["copied"] === "none"
      ? "no order of the follower mirrors it"
      : `the order that mirrors it is ${of(step, "copied")}` +
        (step["held"] === undefined ? "" : ` and has filled ${of(step, "held")} lots of its own`),
  mirrored: (step) =>
    step["rest"] === undefined
      ? `the follower's own order has filled ${of(step, "filled")} of ${of(step, "placed")} lots, and ` +
        "nothing is opened a second time"
      : "the follower's own order has filled for this part of the master's order as well",
  rest: (step) =>
    `the master's order filled ${of(step, "filled")} lots and the other ${of(step, "rest")} never will: ` +
    `of ${of(step, "held")} held, ${of(step, "volume")} is closed`,
  pending: (step) =>
    step["pendingOrders"] === "on-fill"
      ? "the rules copy a pending order when it fills, and not before"
      : "the rules copy no pending orders",
  filter: (step) => `the filters refuse ${facts(step, [])}`,
  account: (step) => `the account: ${facts(step, []) || "not connected, or never seen"}`,
  subscription: (step) => `the subscription: ${facts(step, [])}`,
};

/** The layers that settings came from, by path; none for a default. */
export type Origins = Readonly<Record<string, readonly string[]>>;

export function stepWords(step: Step, origins: Origins = {}): string {
  const say = WORDS[step.step];
  const words = say === undefined ? `${step.step}: ${facts(step, [])}` : say(step);
  const from = settingsBehind(step)
    .filter((path) => (origins[path]?.length ?? 0) > 0)
    .map((path) => `${path} from ${origins[path]?.join(" and ")}`);
  return from.length === 0 ? words : `${words} [${from.join("; ")}]`;
}
