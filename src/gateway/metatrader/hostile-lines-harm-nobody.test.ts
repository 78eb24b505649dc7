// LOCKSTEP_FUZZ_INPUTS=200000 LOCKSTEP_FUZZ_SEED=1 npx vitest run --project unit <this file>
import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { processEnvironment } from "../../config.ts";
import { systemClock as clock, systemTimers as timers } from "../../platform/clock.ts";
import { seededRandom } from "../../platform/random.ts";
import { MemoryDevices } from "../../terminals/memory-devices.ts";
import { enterByHttp, httpHello } from "../../testing/http-terminal.ts";
import { accountRef } from "../../testing/simulated-broker.ts";
import { bent, fuzzConversations, overHttp, overSocket } from "../../testing/terminal-fuzz.ts";
import { Bridge } from "./bridge.ts";
import { REFUSALS } from "./refusals.ts";

const env = processEnvironment();
const INPUTS = Number(env["LOCKSTEP_FUZZ_INPUTS"] ?? 2_000);
const SEED = Number(env["LOCKSTEP_FUZZ_SEED"] ?? randomInt(2 ** 32));
const SHARE_OVER_SOCKETS = 20;
const HEAP_GROWTH_MAX_MB = 60;
const ALL_MS = 600_000;
const repeat = `repeat with LOCKSTEP_FUZZ_SEED=${SEED} LOCKSTEP_FUZZ_INPUTS=${INPUTS}`;
const heapMb = (): number => process.memoryUsage().heapUsed / 1_048_576;

test(
  "in memory: each is answered by a closed code, nothing is thrown, nothing stays",
  async () => {
    const random = seededRandom(SEED);
    await fuzzConversations(Math.ceil(INPUTS / 4), random);
    const before = heapMb();
    const { refused, faults, left } = await fuzzConversations(INPUTS, random);
    expect(faults, repeat).toEqual([]);
    expect(left, repeat).toBe(0);
    for (const code of refused.keys()) expect(Object.hasOwn(REFUSALS, code), repeat).toBe(true);
    expect(refused.size, repeat).toBeGreaterThan(4);
    expect(heapMb() - before, repeat).toBeLessThan(HEAP_GROWTH_MAX_MB);
  },
  ALL_MS,
);

test(
  "over sockets and HTTP: another terminal is served all the while",
  async () => {
    const random = seededRandom(SEED);
    const store = new MemoryDevices();
    const account = accountRef("honest");
    const { device, key } = store.paired(account, "hedging", "Demo");
    const faults: unknown[] = [];
    const fault = (error: unknown): void => void faults.push(error);
    const bridge = new Bridge({ store, clock, timers, fault });
    const ports = await bridge.listen({ port: 0, httpPort: 0 });
    const [port, httpPort] = [ports.port ?? 0, ports.httpPort ?? 0];
    const hello = httpHello(device, account.login, clock.now());
    const honest = await enterByHttp(httpPort, hello, key, clock.now);
    for (let input = 0; input < INPUTS / SHARE_OVER_SOCKETS; input += 1) {
      const bytes = bent(random);
      if (input % 2 === 0) await overSocket(port, bytes, random);
      else expect([200, 400, null], repeat).toContain(await overHttp(httpPort, bytes));
      if (input % 10 === 0) expect((await honest.post([])).length, repeat).toBe(1);
    }
    expect(bridge.terminals.connected, repeat).toBe(1);
    expect(faults, repeat).toEqual([]);
    await bridge.close();
  },
  ALL_MS,
);
