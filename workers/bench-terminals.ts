/** The bench's terminals: a master that trades when it is told, and followers that tell when. */

import type { Returned } from "../src/bench/connections.ts";
import {
  benchDevices,
  SERVER,
  type TerminalsRound,
  type TerminalsSetup,
} from "../src/bench/terminals.ts";
import { benchWorld, VOLUME } from "../src/bench/world.ts";
import { CALM } from "../src/gateway/simulator/faults.ts";
import { systemClock as clock, systemTimers as timers } from "../src/platform/clock.ts";
import { seededRandom } from "../src/platform/random.ts";
import { Fleet } from "../src/terminals/fleet.ts";

/** A broker across a network answers so much later. */
const BROKER_MS = 100;
const LOOK_MS = 50;
const WATCH_MS = 5;
const RETURN_MS_MAX = 60_000;
const SYMBOL = "EURUSD";

type Asked = "trade" | { readonly closeByHand: number } | { readonly drop: number };

const { followers, port } = JSON.parse(process.argv[2] ?? "{}") as TerminalsSetup;
const world = benchWorld(followers);
const devices = benchDevices(world);
const logins = world.accounts.slice(1).map(({ login }) => login);
const wall = (): number => performance.timeOrigin + performance.now();
let round: { started: number; first: number; count: number } | null = null;

const fleet = new Fleet({
  target: { host: "127.0.0.1", port },
  accounts: world.accounts.map((account) => ({
    login: account.login,
    credentials: devices.paired(account, "hedging", SERVER),
    mode: "hedging",
  })),
  ...{ clock, timers, random: seededRandom(1), signal: new AbortController().signal },
  fate: () => ({ ...CALM, requestMs: BROKER_MS }),
  onInstruction: () => {
    if (round === null) return;
    round.count += 1;
    if (round.count === 1) round.first = wall();
    if (round.count < followers) return;
    const { started, first } = round;
    round = null;
    process.send?.({ started, first, last: wall() } satisfies TerminalsRound);
  },
});

let position: string | null = null;

function order(kind: "open" | "close", positionId: string | null) {
  return {
    ...{ kind, symbol: SYMBOL, side: "buy" as const, volume: VOLUME, positionId },
    ...{ stopLoss: null, takeProfit: null, magic: 77, comment: "" },
  };
}

function trade(): void {
  const kind = position === null ? "open" : "close";
  const outcome = fleet.broker.trade("master", order(kind, position));
  position = position === null ? outcome.positionId : null;
}

const heldBy = (login: string) => fleet.broker.snapshot(login).positions;

/** Every second one of those that will be dropped closes its own copy. */
function closeByHand(count: number): void {
  for (const [index, login] of logins.slice(0, count).entries()) {
    if (index % 2 === 0) continue;
    for (const { id, volume } of heldBy(login)) {
      fleet.broker.trade(login, { ...order("close", id), volume, magic: 0 });
    }
  }
  process.send?.("closed");
}

async function drop(count: number): Promise<void> {
  const dropped = logins.slice(0, count);
  const urgent = new Set(dropped.filter((login) => heldBy(login).length > 0));
  const away = new Set(dropped);
  const began = performance.now();
  const passed = (): number => Math.round(performance.now() - began);
  fleet.drop(dropped);
  trade();
  let [urgentBackMs, allBackMs, closedMs] = [0, 0, 0];
  let open = logins.filter((login) => heldBy(login).length > 0);
  while ((away.size > 0 || open.length > 0) && passed() < RETURN_MS_MAX) {
    await timers.sleep(WATCH_MS);
    for (const login of away) {
      if (!fleet.isLive(login)) continue;
      away.delete(login);
      allBackMs = passed();
      if (urgent.has(login)) urgentBackMs = allBackMs;
    }
    const left = open.filter((login) => heldBy(login).length > 0);
    if (left.length < open.length) closedMs = passed();
    open = left;
  }
  process.send?.({ urgentBackMs, allBackMs, closedMs, stillOpen: open.length } satisfies Returned);
}

function answer(asked: Asked): void {
  if (asked === "trade") {
    round = { started: wall(), first: 0, count: 0 };
    trade();
  } else if ("drop" in asked) void drop(asked.drop);
  else closeByHand(asked.closeByHand);
}

void fleet.run();
while (fleet.live < world.accounts.length) await timers.sleep(LOOK_MS);
process.on("message", answer);
process.on("disconnect", () => process.exit());
process.send?.("ready");
