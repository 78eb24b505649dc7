/** `lockstep pair`: a code for a MetaTrader terminal, and what is to be done there with it. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { Settings } from "../config.ts";
import { DEMO_TENANT } from "../demo/definition.ts";
import { type Fixed, ONE } from "../domain/fixed.ts";
import { formatInstant } from "../domain/instant.ts";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import { PairingService } from "../pairing/service.ts";
import { notListening, pairingSteps } from "../pairing/steps.ts";
import { systemClock } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { openSealer } from "../platform/key-ring.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";
import { commandLine } from "./principal.ts";

type Options = {
  readonly broker: string;
  readonly login: string;
  readonly name?: string;
  readonly tenant: string;
  readonly mode?: "hedging" | "netting";
  readonly currency?: string;
  readonly leverage?: Fixed;
  readonly json?: true;
};

export function pairCommand(io: CliIo): Command {
  return new Command("pair")
    .description("a one-time code that links a MetaTrader terminal's account")
    .requiredOption("--broker <name>", "the broker, by the name it has in the hub")
    .requiredOption("--login <number>", "the account's number", login)
    .option("--name <words>", "what the account is called here; its number unless told")
    .option("--tenant <name>", "whose account it is", DEMO_TENANT)
    .addOption(
      new Option(
        "--mode <mode>",
        "how the account holds positions; hedging where it is new",
      ).choices(["hedging", "netting"]),
    )
    .option("--currency <code>", "the account's currency; USD where it is new", currency)
    .option("--leverage <n>", "100 for 1:100, which it is where it is new", leverage)
    .option("--json", "one line of JSON")
    .action((options: Options) => run(io, options));
}

async function run(io: CliIo, { tenant, json, ...wanted }: Options): Promise<void> {
  const settings = settingsOf(io);
  const database = await openDatabase(settings);
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-pair" });
  try {
    // A tenant of which nothing is known yet begins with its first account.
    await enrol(sql, { tenant, ...NOTHING, at: systemClock.now(), by: "lockstep pair" });
    const sealer = await openSealer(settings.config.dataDir);
    const service = new PairingService(sql, sealer, systemClock);
    const by = commandLine(tenantIdOf(tenant));
    const { accountId } = await service.link(by, wanted);
    const { code, device, expiresAt } = await service.offer(by, accountId);
    if (json) {
      const facts = { code, device, expiresAt: formatInstant(expiresAt), accountId };
      io.out(JSON.stringify(facts));
    } else for (const line of written(settings, code)) io.out(line);
  } finally {
    await sql.end();
    await database.close();
  }
}

const NOTHING = { brokers: [], accounts: [], strategies: [], subscriptions: [] };

function written({ config: { terminals } }: Settings, code: string): readonly string[] {
  const off = notListening(terminals);
  return [
    `Pairing code, for 15 minutes and one terminal: ${code}`,
    ...pairingSteps(terminals, code).flatMap(({ title, lines }, index) => [
      "",
      `${index + 1}. ${title}`,
      ...lines.map((line) => `   ${line}`),
    ]),
    ...(off === null ? [] : ["", off]),
  ];
}

function login(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError("Give the account's number, for example 10023987.");
}

function currency(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw new InvalidArgumentError("Give three capital letters, for example EUR.");
}

function leverage(text: string): Fixed {
  if (/^[1-9]\d{0,4}$/.test(text)) return BigInt(text) * ONE;
  throw new InvalidArgumentError("Give a whole number, for example 100.");
}
