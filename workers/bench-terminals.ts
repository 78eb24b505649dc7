/** The bench's terminals: a master that trades when it is told, and followers that tell when. */

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
const SYMBOL = "EURUSD";

const { followers, port } = JSON.parse(process.argv[2] ?? "{}") as TerminalsSetup;
const world = benchWorld(followers);
const devices = benchDevices(world);
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

function trade(): void {
  round = { started: wall(), first: 0, count: 0 };
  const order = {
    ...{ symbol: SYMBOL, side: "buy" as const, volume: VOLUME, positionId: position },
    ...{ stopLoss: null, takeProfit: null, magic: 77, comment: "" },
  };
  const kind = position === null ? ("open" as const) : ("close" as const);
  const outcome = fleet.broker.trade("master", { kind, ...order });
  position = position === null ? outcome.positionId : null;
}

void fleet.run();
while (fleet.live < world.accounts.length) await timers.sleep(LOOK_MS);
process.on("message", trade);
process.on("disconnect", () => process.exit());
process.send?.("ready");
