/**
 * Both brokers of a round in a process of their own, which outlives the hub's: they log to files,
 * serve every hub that connects, and do by the runner's word what brokers and people do.
 * Run as `node broker-process.js <order as JSON>`, with an IPC channel.
 */
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { isLockstepError } from "../../domain/errors.ts";
import { parseFixed } from "../../domain/fixed.ts";
import type { Gateway, GatewayEvent } from "../../gateway/gateway.ts";
import { FileBrokerLog } from "../../gateway/simulator/broker-log.ts";
import { type Faults, NO_FAULTS, seededFates } from "../../gateway/simulator/faults.ts";
import { type Random, seededRandom } from "../../platform/random.ts";
import { createWorld, type World } from "../harness.ts";
import { RandomMaster } from "../random-master.ts";
import { type Ask, Wire } from "./wire.ts";

export type BrokerOrder = {
  readonly dir: string;
  readonly seed: number;
  readonly followers: number;
  readonly positionMode: "hedging" | "netting";
  readonly faults: Partial<Faults>;
  readonly historyLagMs: number;
  /** Milliseconds that the first follower's broker takes for each order; 0: as the others'. */
  readonly slowMs: number;
};

/** What is done to events on their way to a hub. */
export type Mischief = "none" | "triple" | "permute" | "drop";

export type BrokerWord =
  | { readonly do: "step" }
  | { readonly do: "close all" }
  | { readonly do: "open and close" }
  | { readonly do: "odd" }
  | { readonly do: "hand" }
  | { readonly do: "mischief"; readonly mischief: Mischief };

const BEAT_MS = 500;
const PERMUTED = 3;
const DROPPED = 0.4;
const PUBLISH_MS = 200;

class Brokers {
  readonly #world: World;
  readonly #master: RandomMaster;
  readonly #random: Random;
  mischief: Mischief = "none";

  constructor(order: BrokerOrder) {
    this.#random = seededRandom(order.seed);
    const faults = { ...NO_FAULTS, latencyMs: { min: 3, max: 15 }, ...order.faults };
    const drawn = seededFates(faults, this.#random);
    this.#world = createWorld({
      followers: order.followers,
      positionMode: order.positionMode,
      logs: {
        alpha: new FileBrokerLog(join(order.dir, "alpha.log")),
        beta: new FileBrokerLog(join(order.dir, "beta.log")),
      },
      simulator: {
        historyLagMs: order.historyLagMs,
        fates: (instruction) => {
          const fate = drawn(instruction);
          const slow = order.slowMs > 0 && instruction.account.login.endsWith("00001");
          return slow ? { ...fate, requestMs: order.slowMs } : fate;
        },
      },
    });
    this.#master = new RandomMaster(this.#world, this.#random);
    setInterval(() => this.#publish(), PUBLISH_MS).unref();
  }

  #publish(): void {
    for (const broker of Object.values(this.#world.brokers)) broker.publish();
  }

  hear(word: BrokerWord): void {
    if (word.do === "mischief") this.mischief = word.mischief;
    if (word.do === "step") this.#master.step();
    if (word.do === "close all") this.#master.closeAll();
    if (word.do === "open and close") this.#openAndClose();
    if (word.do === "odd") this.#world.trade({ symbol: "XAUUSD", volume: parseFixed("0.01") });
    if (word.do === "hand") this.#hand();
  }

  /** Over before any follower can have opened. */
  #openAndClose(): void {
    const volume = parseFixed("0.3");
    const { positionId } = this.#world.trade({ volume });
    this.#world.trade({ kind: "close", positionId, volume });
  }

  /** A follower closes one of its positions at its terminal. */
  #hand(): void {
    const { beta } = this.#world.brokers;
    for (const { login } of this.#world.followers) {
      const [position] = beta.snapshot(login).positions;
      if (position === undefined) continue;
      const { id: positionId, symbol, side, volume } = position;
      const none = { stopLoss: null, takeProfit: null, magic: 0, comment: "by hand" };
      beta.trade(login, { kind: "close", symbol, side, volume, positionId, ...none });
      return;
    }
  }

  serve(socket: Socket): void {
    const gone = new AbortController();
    const beat = setInterval(() => wire.send({ beat: true }), BEAT_MS);
    let gateway: Gateway | undefined;
    const wire = new Wire(socket, (message) => {
      const said = message as { readonly hello: string } | Ask;
      if ("id" in said) return void this.#answer(gateway, said, wire);
      gateway = this.#world.connect().get(said.hello);
      const late: unknown[] = [];
      void gateway?.start((event) => this.#tell(wire, event, late), gone.signal);
    });
    socket.once("close", () => {
      clearInterval(beat);
      gone.abort();
    });
  }

  #tell(wire: Wire, event: GatewayEvent, late: unknown[]): void {
    for (const one of this.#onItsWay(event, late)) wire.send({ event: one });
  }

  /** What arrives now, in this order. */
  #onItsWay(event: GatewayEvent, late: unknown[]): readonly unknown[] {
    if (event.type !== "event" || this.mischief === "none") return [...late.splice(0), event];
    if (this.mischief === "triple") return [event, event, event];
    if (this.mischief === "drop") return this.#random.next() < DROPPED ? [] : [event];
    late.push(event);
    return late.length < PERMUTED ? [] : late.splice(0).reverse();
  }

  async #answer(
    gateway: Gateway | undefined,
    { id, method, args }: Ask,
    wire: Wire,
  ): Promise<void> {
    try {
      wire.send({ id, result: await call(gateway, method, args) });
    } catch (error) {
      const known = isLockstepError(error);
      const code = known ? error.code : "GATEWAY_DOWN";
      wire.send({ id, code, context: known ? error.context : { cause: String(error) } });
    }
  }
}

async function call(
  gateway: Gateway | undefined,
  method: string,
  args: readonly unknown[],
): Promise<unknown> {
  const served = gateway as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  const answer = served[method]?.(...args);
  if (method !== "deals" && method !== "cash") return answer;
  const found: unknown[] = [];
  for await (const deal of answer as AsyncIterable<unknown>) found.push(deal);
  return found;
}

const brokers = new Brokers(JSON.parse(process.argv[2] ?? "{}") as BrokerOrder);
const server = createServer((socket) => brokers.serve(socket));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" ? address?.port : 0 });
});
process.on("message", (word: BrokerWord) => {
  brokers.hear(word);
  process.send?.({ done: word.do });
});
process.on("disconnect", () => process.exit());
