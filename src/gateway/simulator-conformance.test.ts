import type { AccountRef } from "../domain/account.ts";
import type { Timers } from "../platform/clock.ts";
import { accountRef, accountTerms, ROUND_QUOTES, testBroker } from "../testing/simulated-broker.ts";
import type { ConformanceBench, OneFault } from "./conformance/bench.ts";
import { gatewayConformance } from "./conformance.ts";
import type { GatewayEvent } from "./gateway.ts";
import { CALM, type Fate } from "./simulator/faults.ts";
import { SimulatorGateway } from "./simulator/gateway.ts";
import { RETCODES } from "./simulator/retcodes.ts";

/** A process that was killed never wakes again. */
const never: Timers = { sleep: () => new Promise(() => {}) };

function fateOf(next: OneFault): Fate {
  if (next.fault === "rejected") return { ...CALM, rejectWith: next.brokerCode };
  if (next.fault === "half-filled") return { ...CALM, fillPpm: 500_000 };
  return { ...CALM, lost: next.fault === "request-lost" ? "request" : "reply" };
}

async function simulatorBench(): Promise<ConformanceBench> {
  const { broker, log, clock, quotes } = testBroker();
  const accounts: readonly [AccountRef, AccountRef] = [
    accountRef("hedging"),
    accountRef("netting"),
  ];
  for (const { login } of accounts) {
    const positionMode = login === "netting" ? "netting" : "hedging";
    broker.openAccount(accountTerms(login, { positionMode }));
  }
  quotes(...ROUND_QUOTES);
  let fate = CALM;
  let events: GatewayEvent[] = [];
  let hub = new AbortController();
  const begin = async (): Promise<SimulatorGateway> => {
    const fates = (): Fate => {
      const drawn = fate;
      fate = CALM;
      return drawn;
    };
    const made = new SimulatorGateway({ broker, accounts, clock, timers: never, fates });
    events = [];
    hub = new AbortController();
    await made.start((event) => events.push(event), hub.signal);
    return made;
  };
  let gateway = await begin();
  return {
    gateway: () => gateway,
    hedging: accounts[0],
    netting: accounts[1],
    symbol: "EURUSD",
    brokerCodes: [...RETCODES]
      .filter(([, { status }]) => status === "rejected" || status === "unknown")
      .map(([retcode]) => retcode),
    events: () => events,
    now: () => clock.now(),
    fail: (next) => {
      fate = fateOf(next);
    },
    quote: async (bid, ask) => quotes({ symbol: "EURUSD", bid, ask }),
    sendAndKill: async (instruction) => {
      fate = { ...CALM, replyMs: 1 };
      void gateway.execute(instruction);
      hub.abort();
      gateway = await begin();
    },
    byHand: async ({ account, ...order }) =>
      broker.trade(account.login, order).positionId ?? "none",
    setLink: async (account, up) => gateway.setLink(account, up),
    ordersWith: async (key) =>
      log.records.filter((entry) => entry.type === "deal" && entry.deal.key === key).length,
    close: async () => hub.abort(),
  };
}

gatewayConformance("simulator", simulatorBench);
