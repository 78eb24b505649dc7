/** Each recorded step of a decision as a sentence with its numbers. Pure; unknown steps stay as facts. */
import type { Step } from "../follower/decision.ts";

type Say = (step: Step) => string;

const of = (step: Step, name: string): string => step[name] ?? "–";

const contracts = (step: Step): string =>
  step["masterContract"] === undefined
    ? ""
    : ` × contract ${of(step, "masterContract")} / ${of(step, "ownContract")}`;

const RATIO_NAMES: Readonly<Record<string, string>> = {
  "equity-ratio": "equity",
  "balance-ratio": "balance",
  "free-margin-ratio": "free margin",
};

function size(step: Step): string {
  const mode = of(step, "mode");
  const name = RATIO_NAMES[mode];
  if (step["wanted"] === undefined) return `size by ${mode}: ${facts(step, ["mode"])}`;
  const wanted = `→ ${of(step, "wanted")} lots`;
  if (name !== undefined) {
    const rate = of(step, "rate") === "1" ? "" : ` / rate ${of(step, "rate")}`;
    const own = `${name} ${of(step, "ownFigure")} / ${of(step, "masterFigure")}${rate}`;
    const times = `${of(step, "masterVolume")} lots × ${of(step, "multiplier")}`;
    return `${own} × ${times}${contracts(step)} ${wanted}`;
  }
  if (mode === "risk-percent") {
    const risk = `${of(step, "riskPercent")} % of equity ${of(step, "ownFigure")}`;
    return `${risk} at risk over a stop ${of(step, "distance")} away ${wanted}`;
  }
  if (mode === "fixed-volume") return `a fixed volume ${wanted}`;
  return `${of(step, "masterVolume")} lots × ${of(step, "multiplier")}${contracts(step)} ${wanted}`;
}

const WORDS: Readonly<Record<string, Say>> = {
  size,
  round: (step) =>
    `rounded down to steps of ${of(step, "volumeStep")} → ${of(step, "volume")}` +
    (step["minimum"] === undefined ? "" : `, the minimum is ${of(step, "minimum")}`),
  raise: (step) => `raised to the symbol's minimum ${of(step, "volume")}`,
  cut: (step) => `capped by maxVolume ${of(step, "maxVolume")} → ${of(step, "volume")}`,
  cap: (step) => `capped at the symbol's maximum ${of(step, "maximum")}`,
  split: (step) =>
    `split at the symbol's maximum ${of(step, "maximum")}: ${facts(step, ["maximum"])}`,
  price: (step) =>
    `the signal was ${of(step, "ageMs")} ms old; master's price ${of(step, "masterPrice")}, ` +
    `ours ${of(step, "price")}, worse by ${of(step, "worsePoints")} points`,
  reduce: (step) =>
    `the master went from ${of(step, "before")} to ${of(step, "after")} lots: of ` +
    `${of(step, "held")} held, the target is ${of(step, "target")}, so ${of(step, "volume")} is closed`,
  close: (step) => `all that is held is closed: ${of(step, "held")} lots`,
  protect: (step) => `stop-loss ${of(step, "stopLoss")}, take-profit ${of(step, "takeProfit")}`,
  filter: (step) => `the filters refuse ${facts(step, [])}`,
  subscription: (step) => `the subscription: ${facts(step, [])}`,
};

/** The step's facts but for `left`, as "name value" pairs. */
function facts(step: Step, left: readonly string[]): string {
  return Object.entries(step)
    .filter(([name]) => name !== "step" && !left.includes(name))
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

export function stepWords(step: Step): string {
  const say = WORDS[step.step];
  return say === undefined ? `${step.step}: ${facts(step, [])}` : say(step);
}
