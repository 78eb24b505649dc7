import { randomBytes } from "node:crypto";
import { systemTimers } from "../platform/clock.ts";
import { MemoryDevices } from "../terminals/memory-devices.ts";
import { SimulatedTerminal } from "../terminals/terminal.ts";
import { eventually } from "../testing/eventually.ts";
import {
  accountRef,
  accountTerms,
  ROUND_QUOTES,
  START_AT,
  testBroker,
} from "../testing/simulated-broker.ts";
import type { ConformanceBench, OneFault } from "./conformance/bench.ts";
import { gatewayConformance } from "./conformance.ts";
import type { GatewayEvent } from "./gateway.ts";
import { Bridge } from "./metatrader/bridge.ts";
import { CALM, type Fate } from "./simulator/faults.ts";
import { RETCODES } from "./simulator/retcodes.ts";

/** The trade server's clock is hours ahead of the hub's, as it mostly is. */
const AHEAD_MS = 2 * 3_600_000;
const ANSWER_MS = 150;

function fateOf(next: OneFault): Fate {
  if (next.fault === "rejected") return { ...CALM, rejectWith: next.brokerCode };
  if (next.fault === "half-filled") return { ...CALM, fillPpm: 500_000 };
  return { ...CALM, lost: next.fault === "request-lost" ? "request" : "reply" };
}

async function metatraderBench(): Promise<ConformanceBench> {
  const startedAt = performance.now();
  // Whole milliseconds: the protocol knows no others.
  const ticking = { now: () => START_AT + Math.floor(performance.now() - startedAt) };
  const { broker, log, quotes } = testBroker({ clock: ticking });
  const store = new MemoryDevices();
  const logins = ["hedging", "netting"] as const;
  for (const positionMode of logins) {
    broker.openAccount(accountTerms(positionMode, { positionMode }));
  }
  quotes(...ROUND_QUOTES);
  let fate = CALM;
  let events: GatewayEvent[] = [];
  let hub = new AbortController();
  const bridgeOn = async (port: number) => {
    const fault = (error: unknown): void => {
      throw error;
    };
    const limits = { answerMs: ANSWER_MS, tickMs: 20 };
    const made = new Bridge({ store, clock: ticking, timers: systemTimers, fault, ...limits });
    const listening = await made.listen({ port });
    const gateway = made.gateway(accountRef("").brokerId);
    events = [];
    hub = new AbortController();
    await gateway.start((event) => events.push(event), hub.signal);
    return { bridge: made, gateway, port: listening.port ?? 0 };
  };
  let side = await bridgeOn(0);
  const { port } = side;
  const terminals = new Map(
    logins.map((login) => [
      login as string,
      new SimulatedTerminal({
        ...{ broker, login, clock: ticking, timers: systemTimers, aheadMs: AHEAD_MS },
        ...{ server: "Demo", platform: "mt5", currency: "USD", mode: login, epoch: 1 },
        target: { host: "127.0.0.1", port },
        credentials: store.paired(accountRef(login), login, "Demo"),
        random: randomBytes,
        fate: () => {
          const drawn = fate;
          fate = CALM;
          return drawn;
        },
      }),
    ]),
  );
  broker.subscribe((event) => {
    for (const terminal of terminals.values()) terminal.hear(event);
  });
  const connectAll = async (): Promise<void> => {
    for (const terminal of terminals.values()) await terminal.connect();
  };
  await connectAll();
  const linked = (login: string): boolean =>
    side.bridge.terminals.seat(accountRef(login))?.session != null;
  return {
    gateway: () => side.gateway,
    hedging: accountRef("hedging"),
    netting: accountRef("netting"),
    symbol: "EURUSD",
    brokerCodes: [...RETCODES]
      .filter(([, { status }]) => status === "rejected" || status === "unknown")
      .map(([retcode]) => retcode),
    events: () => events,
    now: () => ticking.now(),
    fail: (next) => {
      fate = fateOf(next);
    },
    sendAndKill: async (instruction) => {
      fate = { ...CALM, lost: "reply" };
      void side.gateway.execute(instruction);
      const { account, key } = instruction;
      await eventually("executed", () => broker.outcome(account.login, key) !== null);
      hub.abort();
      await side.bridge.close();
      side = await bridgeOn(port);
      await connectAll();
    },
    quote: async (bid, ask) => {
      quotes({ symbol: "EURUSD", bid, ask });
      // A look is answered after what happened before it was told.
      for (const login of logins) await side.gateway.snapshot(accountRef(login));
    },
    byHand: async ({ account, ...order }) =>
      broker.trade(account.login, order).positionId ?? "none",
    setLink: async ({ login }, up) => {
      if (up) await terminals.get(login)?.connect();
      else terminals.get(login)?.drop();
      await eventually("the link", () => linked(login) === up);
    },
    ordersWith: async (key) =>
      log.records.filter((entry) => entry.type === "deal" && entry.deal.key === key).length,
    close: async () => {
      hub.abort();
      await side.bridge.close();
    },
  };
}

gatewayConformance("metatrader", metatraderBench);
