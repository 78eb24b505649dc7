/** `lockstep pair`: a code for a MetaTrader terminal, and what is to be done there with it. */
import { randomBytes } from "node:crypto";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Settings } from "../config.ts";
import { DEMO_TENANT } from "../demo/definition.ts";
import { ONE } from "../domain/fixed.ts";
import { formatInstant } from "../domain/instant.ts";
import { PostgresDevices } from "../gateway/metatrader/device-store.ts";
import { handOutCode } from "../gateway/metatrader/pairing.ts";
import { accountRefOf, type EnrolAccount, enrol } from "../hub/enrol.ts";
import { systemClock } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { openSealer } from "../platform/key-ring.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = {
  readonly broker: string;
  readonly login: string;
  readonly name?: string;
  readonly tenant: string;
  readonly mode: "hedging" | "netting";
  readonly currency: string;
  readonly leverage: number;
  readonly json?: true;
};

const PORTS = { mt5: 8421, mt4: 8422 };

export function pairCommand(io: CliIo): Command {
  return new Command("pair")
    .description("a one-time code that links a MetaTrader terminal's account")
    .requiredOption("--broker <name>", "the broker, by the name it has in the hub")
    .requiredOption("--login <number>", "the account's number", login)
    .option("--name <words>", "what the account is called here; its number unless told")
    .option("--tenant <name>", "whose account it is", DEMO_TENANT)
    .addOption(
      new Option("--mode <mode>", "how the account holds positions")
        .choices(["hedging", "netting"])
        .default("hedging"),
    )
    .option("--currency <code>", "the account's currency", currency, "USD")
    .option("--leverage <n>", "100 for 1:100", leverage, 100)
    .option("--json", "one line of JSON")
    .action((options: Options) => run(io, options));
}

async function run(io: CliIo, options: Options): Promise<void> {
  const settings = settingsOf(io);
  const database = await openDatabase(settings);
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-pair" });
  try {
    const account = accountOf(options);
    await enrol(sql, {
      tenant: options.tenant,
      brokers: [{ name: options.broker, gateway: "metatrader" }],
      accounts: [account],
      ...{ strategies: [], subscriptions: [], at: systemClock.now(), by: "lockstep pair" },
    });
    const store = new PostgresDevices(sql, await openSealer(settings.config.dataDir));
    const deps = { store, clock: systemClock, random: randomBytes };
    const ref = accountRefOf(options.tenant, account);
    const { code, expiresAt } = await handOutCode(deps, ref, "lockstep pair");
    if (options.json) {
      io.out(
        JSON.stringify({ code, expiresAt: formatInstant(expiresAt), accountId: ref.accountId }),
      );
    } else for (const line of steps(settings, code)) io.out(line);
  } finally {
    await sql.end();
    await database.close();
  }
}

function accountOf({ broker, login, name, mode, currency, leverage }: Options): EnrolAccount {
  return {
    ...{ broker, login, name: name ?? login, currency },
    ...{ positionMode: mode, leverage: BigInt(leverage) * ONE },
  };
}

function steps({ config }: Settings, code: string): readonly string[] {
  const { address: host, port, httpPort, certFile } = config.terminals;
  const web = certFile === null ? "http" : "https";
  return [
    `Pairing code, for 15 minutes and one terminal: ${code}`,
    "",
    "1. In the terminal: File, Open Data Folder. Copy the hub's folder mql/Include/Lockstep to",
    "   MQL5/Include (MetaTrader 4: MQL4/Include), the Expert Advisor from mql/Experts to",
    "   MQL5/Experts (MQL4/Experts), and compile it in MetaEditor (F7).",
    "2. Tools, Options, Expert Advisors: allow algorithmic trading, and under",
    "   “Allow WebRequest for listed URL” add",
    `     MetaTrader 5: ${host} (the Expert Advisor uses port ${port ?? PORTS.mt5})`,
    `     MetaTrader 4: ${web}://${host}:${httpPort ?? PORTS.mt4}`,
    "3. Drag the Expert Advisor on any chart. As inputs give the hub's address, and the code above.",
    `   TLS: ${certFile === null ? "off, since LOCKSTEP_TERMINAL_CERT is not set" : "on"}.`,
    "4. The panel on the chart says “paired”, then “connected”. If it says anything else, see the",
    "   table in docs/metatrader.md.",
    ...(port === null && httpPort === null ? ["", NOT_LISTENING] : []),
  ];
}

const NOT_LISTENING =
  "The hub does not listen for terminals yet: set LOCKSTEP_TERMINAL_PORT=8421 and start it.";

function login(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError("Give the account's number, for example 10023987.");
}

function currency(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw new InvalidArgumentError("Give three capital letters, for example EUR.");
}

function leverage(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number, for example 100.");
}
