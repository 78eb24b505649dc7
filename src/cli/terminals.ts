/** `lockstep terminals`: simulated MetaTrader terminals in a process of their own. */
import { randomBytes, randomInt } from "node:crypto";
import { Command, InvalidArgumentError } from "commander";
import { DEMO_TENANT } from "../demo/definition.ts";
import { LockstepError } from "../domain/errors.ts";
import { ONE } from "../domain/fixed.ts";
import { PostgresDevices } from "../gateway/metatrader/device-store.ts";
import { handOutCode } from "../gateway/metatrader/pairing.ts";
import { typedCode } from "../gateway/metatrader/proofs.ts";
import { seededFates } from "../gateway/simulator/faults.ts";
import { accountRefOf, enrol } from "../hub/enrol.ts";
import { systemClock as clock, systemTimers as timers } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { openSealer } from "../platform/key-ring.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type Random, seededRandom } from "../platform/random.ts";
import { Fleet, type FleetAccount } from "../terminals/fleet.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = {
  readonly count: number;
  readonly connect: { readonly host: string; readonly port: number };
  readonly tenant: string;
  readonly broker: string;
  readonly seed?: number;
  readonly latencyMs: number;
  readonly lostRate: number;
  readonly dropEveryS: number;
  readonly tls?: true;
};

const REPORT_MS = 5_000;
const MOVE_MS = 1_000;
const SEED_END = 2 ** 32;
const REQUOTE = 10004;
const BY = { name: "lockstep terminals", address: null };

export function terminalsCommand(io: CliIo): Command {
  return new Command("terminals")
    .description("simulated MetaTrader terminals, paired with this hub's database, over sockets")
    .option("--count <n>", "how many", whole, 10)
    .requiredOption("--connect <host:port>", "where the hub awaits terminals", address)
    .option("--tenant <name>", "whose accounts they are", DEMO_TENANT)
    .option("--broker <name>", "the broker they are at", "Simulated terminals")
    .option("--seed <n>", "of latencies and faults; drawn and told unless given", whole)
    .option("--latency-ms <n>", "the longest way to their broker and back", whole, 80)
    .option(
      "--lost-rate <share>",
      "of instructions whose answer is lost, and as many refused",
      share,
      0,
    )
    .option("--drop-every-s <n>", "all connections are dropped so often; 0: never", whole, 0)
    .option("--tls", "connect by TLS, to any certificate")
    .action((options: Options) => run(io, options));
}

async function run(io: CliIo, options: Options): Promise<void> {
  const seed = options.seed ?? randomInt(SEED_END);
  io.err(`seed ${seed}: --seed ${seed} repeats the latencies and faults`);
  const random = seededRandom(seed);
  const accounts = await pairedAccounts(io, options);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const refusals = new Map<string, number>();
  let instructions = 0;
  const { host, port } = options.connect;
  const fleet = new Fleet({
    target: { host, port, ...(options.tls ? { tls: { rejectUnauthorized: false } } : {}) },
    ...{ accounts, clock, timers, random, signal: stop.signal },
    fate: fatesOf(options, random),
    onInstruction: () => {
      instructions += 1;
    },
    onRefused: (_, code) => void refusals.set(code, (refusals.get(code) ?? 0) + 1),
  });
  const every = (ms: number, act: () => void) => repeat(ms, act, stop.signal);
  void every(MOVE_MS, () => fleet.move());
  void every(REPORT_MS, () => {
    const told = { live: fleet.live, instructions, refused: Object.fromEntries(refusals) };
    io.out(JSON.stringify(told));
  });
  if (options.dropEveryS > 0) void every(options.dropEveryS * 1_000, () => fleet.drop());
  await fleet.run();
}

/** New codes at each start: what a terminal keeps in its file is gone with the process. */
async function pairedAccounts(io: CliIo, options: Options): Promise<readonly FleetAccount[]> {
  const settings = settingsOf(io);
  const database = await openDatabase(settings);
  const sql = openPostgres(database.url, { max: 4, role: APP_ROLE, name: "lockstep-terminals" });
  try {
    const accounts = Array.from({ length: options.count }, (_, index) => ({
      ...{ broker: options.broker, currency: "USD", leverage: 100n * ONE },
      ...{ login: String(900_000 + index), name: `terminal ${index + 1}` },
      positionMode: index % 2 === 0 ? ("hedging" as const) : ("netting" as const),
    }));
    await enrol(sql, {
      tenant: options.tenant,
      brokers: [{ name: options.broker, gateway: "metatrader" }],
      ...{ accounts, strategies: [], subscriptions: [], at: clock.now(), by: "lockstep terminals" },
    });
    const store = new PostgresDevices(sql, await openSealer(settings.config.dataDir));
    const deps = { store, clock, random: randomBytes };
    const paired: FleetAccount[] = [];
    for (const account of accounts) {
      const ref = accountRefOf(options.tenant, account);
      const { code: written } = await handOutCode(deps, ref, BY);
      const code = typedCode(written);
      if (code === null) throw new LockstepError("BAD_MESSAGE", { what: "a pairing code" });
      paired.push({ login: account.login, mode: account.positionMode, credentials: { code } });
    }
    return paired;
  } finally {
    await sql.end();
    await database.close();
  }
}

function fatesOf({ latencyMs, lostRate }: Options, random: Random) {
  const faults = { latencyMs: { min: Math.min(5, latencyMs), max: latencyMs }, partialRate: 0 };
  const rates = { rejectRate: lostRate, lostReplyRate: lostRate, lostRequestRate: 0 };
  const draw = seededFates({ ...faults, ...rates, rejectCodes: [REQUOTE] }, random);
  return (): ReturnType<typeof draw> => draw(NOTHING);
}

/** The draws do not look at the instruction. */
const NOTHING = Object.freeze({}) as Parameters<ReturnType<typeof seededFates>>[0];

async function repeat(ms: number, act: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await timers.sleep(ms, signal).catch(() => {});
    if (!signal.aborted) act();
  }
}

function whole(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number.");
}

function share(text: string): number {
  const value = Number(text);
  if (/^[\d.]+$/.test(text) && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("Give a share from 0 to 1.");
}

function address(text: string): Options["connect"] {
  const match = /^([\w.-]+):(\d{1,5})$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Give host:port, for example 127.0.0.1:8421.");
  return { host: match[1] ?? "", port: Number(match[2]) };
}
