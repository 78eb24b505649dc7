import { randomBytes } from "node:crypto";
import { describe } from "vitest";
import { formatFixed } from "../../src/domain/fixed.ts";
import { magicOf } from "../../src/domain/ids.ts";
import type { ConformanceBench, OneFault } from "../../src/gateway/conformance/bench.ts";
import { gatewayConformance } from "../../src/gateway/conformance.ts";
import type { Gateway, GatewayEvent } from "../../src/gateway/gateway.ts";
import { Bridge } from "../../src/gateway/metatrader/bridge.ts";
import { RETCODES } from "../../src/gateway/simulator/retcodes.ts";
import { systemTimers } from "../../src/platform/clock.ts";
import { MemoryDevices } from "../../src/terminals/memory-devices.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { accountRef } from "../../src/testing/simulated-broker.ts";
import { canCompile } from "./table.ts";
import { type Platform, Terminal } from "./terminal.ts";

/** 4108 and the like: what MetaTrader 4's broker can refuse with, among them what may be live. */
const ERRORS = [1, 2, 3, 128, 130, 131, 132, 133, 134, 135, 136, 138, 142, 145, 148, 149, 150];
const ACCOUNTS = [
  { login: "5001", mode: "hedging", id: "7QK2M9XA" },
  { login: "6001", mode: "netting", id: "8QK2M9XA" },
] as const;
const SECRET = "B4CDEFGHJKMNPQRSTVWX";
const CLOCK = { now: () => Date.now() };

function faultOf(next: OneFault): string {
  if (next.fault === "rejected") return `retcode:${next.brokerCode}`;
  if (next.fault === "half-filled") return "partial";
  return next.fault === "request-lost" ? "timeout-lost" : "timeout-executed";
}

/** Compiled Expert Advisors on one side, the hub's own bridge on the other. */
async function bench(platform: Platform): Promise<ConformanceBench> {
  const store = new MemoryDevices();
  const accounts = ACCOUNTS.filter(({ mode }) => platform === "mt5" || mode === "hedging");
  for (const { login, mode, id } of accounts) {
    const expiresAt = Date.now() + 600_000;
    store.offers.set(id, { id, account: accountRef(login), mode, secret: SECRET, expiresAt });
  }
  let events: GatewayEvent[] = [];
  const bridgeOn = async (port: number) => {
    const fault = (error: unknown): void => {
      throw error;
    };
    const ends = { store, clock: CLOCK, timers: systemTimers, fault, random: randomBytes };
    const bridge = new Bridge({ ...ends, answerMs: 5_000, tickMs: 20, heartbeatMs: 2_000 });
    const none = { port: null, httpPort: null };
    const at = await bridge.listen({ ...none, [platform === "mt5" ? "port" : "httpPort"]: port });
    const gateway = bridge.gateway(accountRef("").brokerId);
    const stop = new AbortController();
    events = [];
    await gateway.start((event) => events.push(event), stop.signal);
    return { bridge, gateway, stop, port: at.port ?? at.httpPort ?? 0 };
  };
  let side = await bridgeOn(0);
  const { port } = side;
  const terminals = new Map(
    accounts.map(({ login, mode, id }) => {
      const script = [
        `account login=${login} mode=${mode}`,
        `input InpCode ${id}${SECRET}`,
        "input InpTimerMs 20",
      ];
      return [login as string, new Terminal({ platform, port, script })];
    }),
  );
  const terminalOf = (login: string): Terminal => {
    const terminal = terminals.get(login);
    if (terminal === undefined) throw new TypeError(`no terminal of ${login}`);
    return terminal;
  };
  const linked = (login: string): boolean =>
    side.bridge.terminals.seat(accountRef(login))?.session != null;
  const tell = async (terminal: Terminal, line: string): Promise<void> => {
    const done = (): number => terminal.reports.filter(({ command }) => command === line).length;
    const before = done();
    terminal.tell(line);
    await eventually(line, () => done() > before);
  };
  const allLinked = async (): Promise<void> => {
    for (const { login } of accounts) {
      await eventually(`the link of ${login}: ${terminalOf(login).panel()}`, () => linked(login));
    }
  };
  await allLinked();
  let next: OneFault | null = null;
  /** Marks the order as the lane does, once the fault that shall befall it is armed. */
  const marked = (gateway: Gateway): Gateway => {
    const execute: Gateway["execute"] = async (instruction) => {
      const fault = next === null ? null : faultOf(next);
      next = null;
      const terminal = terminalOf(instruction.account.login);
      if (fault !== null) await tell(terminal, `fault ${fault} 9`);
      const { key } = instruction;
      const outcome = await gateway.execute({ ...instruction, magic: magicOf(key), comment: key });
      if (fault !== null) await tell(terminal, `fault ${fault} 0`);
      return outcome;
    };
    return new Proxy(gateway, {
      get: (target, name) => {
        if (name === "execute") return execute;
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  const executed = (key: string): number =>
    [...terminals.values()]
      .flatMap((terminal) => terminal.brokerLog())
      .filter((row) => row.type === "deal" && row["comment"] === key).length;
  return {
    gateway: () => marked(side.gateway),
    hedging: accountRef("5001"),
    netting: platform === "mt5" ? accountRef("6001") : null,
    symbol: "EURUSD",
    brokerCodes:
      platform === "mt4"
        ? ERRORS
        : [...RETCODES]
            .filter(([, { status }]) => status === "rejected" || status === "unknown")
            .map(([retcode]) => retcode),
    // A terminal tells its figures whenever they change; the suite looks at all else.
    events: () =>
      events.filter(({ type }) => type !== "figures" && type !== "quote" && type !== "allowed"),
    now: () => CLOCK.now(),
    fail: (fault) => {
      next = fault;
    },
    sendAndKill: async (instruction) => {
      next = { fault: "reply-lost" };
      void marked(side.gateway).execute(instruction);
      await eventually("executed", () => executed(instruction.key) > 0);
      side.stop.abort();
      await side.bridge.close();
      side = await bridgeOn(port);
      await allLinked();
    },
    quote: async (bid, ask) => {
      for (const { login } of accounts) {
        await tell(terminalOf(login), `tick EURUSD ${formatFixed(bid)} ${formatFixed(ask)}`);
        // A look is answered after what happened before it was told.
        await side.gateway.snapshot(accountRef(login));
      }
    },
    byHand: async ({ account, symbol, side: bought, volume }) => {
      const terminal = terminalOf(account.login);
      await tell(terminal, `open ${symbol} ${bought} ${formatFixed(volume ?? 0n)}`);
      return String(terminal.brokerLog().findLast(({ type }) => type === "deal")?.["identifier"]);
    },
    setLink: async ({ login }, up) => {
      await tell(terminalOf(login), `network ${up ? 1 : 0}`);
      await eventually(`the link ${up}`, () => linked(login) === up, 60_000);
    },
    ordersWith: async (key) => executed(key),
    close: async () => {
      side.stop.abort();
      for (const terminal of terminals.values()) await terminal.quit();
      await side.bridge.close();
    },
  };
}

describe.skipIf(!canCompile)("compiled", () => {
  gatewayConformance("MetaTrader 5's Expert Advisor", () => bench("mt5"));
  gatewayConformance("MetaTrader 4's Expert Advisor", () => bench("mt4"));
});
