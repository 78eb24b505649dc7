// npm run fuzz; LOCKSTEP_FUZZ_INPUTS=1000000 LOCKSTEP_FUZZ_SEED=1 npm run fuzz
import { randomInt } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { processEnvironment } from "../../config.ts";
import { systemClock as clock, systemTimers as timers } from "../../platform/clock.ts";
import { seededRandom } from "../../platform/random.ts";
import { MemoryDevices } from "../../terminals/memory-devices.ts";
import { enterByHttp, httpHello } from "../../testing/http-terminal.ts";
import { accountRef } from "../../testing/simulated-broker.ts";
import { bent, bentRequest, Fuzz, overHttp, overSocket } from "../../testing/terminal-fuzz.ts";
import { Bridge } from "./bridge.ts";
import { REFUSALS } from "./refusals.ts";

const env = processEnvironment();
const INPUTS = Number(env["LOCKSTEP_FUZZ_INPUTS"] ?? 200_000);
const SEED = Number(env["LOCKSTEP_FUZZ_SEED"] ?? randomInt(2 ** 32));
const SHARE_OVER_SOCKETS = 50;
/** A session that stayed would be some 3 kB: of 200,000 one in a hundred is seen. */
const GROWTH_MAX_MB = 6;
const ALL_MS = 3_600_000;
const repeat = `repeat with LOCKSTEP_FUZZ_SEED=${SEED} LOCKSTEP_FUZZ_INPUTS=${INPUTS} npm run fuzz`;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
function heldMb(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_048_576;
}

test(
  "lines and posts: each is answered by a closed code, nothing is thrown, nothing stays",
  async () => {
    process.stdout.write(`${repeat}\n`);
    const fuzz = new Fuzz(seededRandom(SEED));
    await fuzz.run(Math.ceil(INPUTS / 10));
    const before = heldMb();
    await fuzz.run(Math.floor((INPUTS * 9) / 10));
    const grown = heldMb() - before;
    const { refused, faults, left } = fuzz.result;
    expect(faults, repeat).toEqual([]);
    expect(left, repeat).toBe(0);
    for (const code of refused.keys()) expect(Object.hasOwn(REFUSALS, code), repeat).toBe(true);
    const counted = Object.fromEntries([...refused].sort(([, a], [, b]) => b - a));
    process.stdout.write(
      `${INPUTS} inputs, ${grown.toFixed(1)} MB grown: ${JSON.stringify(counted)}\n`,
    );
    for (const code of MET) expect(refused.has(code), `${code}; ${repeat}`).toBe(true);
    expect(grown, repeat).toBeLessThan(GROWTH_MAX_MB);
  },
  ALL_MS,
);

/** What such input runs into at the least. */
const MET = [
  ...(["BAD_LINE", "LINE_TOO_LONG", "UNKNOWN_TYPE", "BAD_FIELD", "WRONG_STATE"] as const),
  ...(["BAD_PROOF", "REPLAYED", "UNKNOWN_DEVICE", "CODE_UNKNOWN"] as const),
];

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
      if (input % 3 === 0) await overSocket(port, bent(random), random);
      else if (input % 3 === 1) await overSocket(httpPort, bentRequest(random), random);
      else expect([200, 400, null], repeat).toContain(await overHttp(httpPort, bent(random)));
      if (input % 10 === 0) expect((await honest.post([])).length, repeat).toBe(1);
    }
    expect(bridge.terminals.connected, repeat).toBe(1);
    expect(faults, repeat).toEqual([]);
    await bridge.close();
  },
  ALL_MS,
);
