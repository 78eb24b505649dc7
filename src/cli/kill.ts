/** `lockstep kill`: stops every open in a scope, tells when each lane knows, and lets go again. */
import { Command, Option } from "commander";
import { LockstepError } from "../domain/errors.ts";
import { systemTimers } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { APP_ROLE, openPostgres, type Sql } from "../platform/postgres.ts";
import { findTargets, type Named } from "../risk/kill/find.ts";
import type { Kill } from "../risk/kill/kill.ts";
import {
  engageKill,
  type KillProgress,
  type KillTarget,
  killsOf,
  releaseKill,
} from "../risk/kill/service.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Scoped = {
  readonly account?: string;
  readonly strategy?: string;
  readonly tenant?: string;
  readonly everything?: true;
};

type Options = Scoped & {
  readonly reason: string;
  readonly closeAll?: true;
  readonly anyway?: true;
  readonly wait: number;
  readonly json?: true;
};

const BY = "command line";
const POLL_MS = 100;

export function killCommand(io: CliIo): Command {
  const engage = scoped(new Command("engage"))
    .description("stop every open in a scope; closes still pass")
    .option("--close-all", "also close the copies that are open there")
    .option("--wait <seconds>", "how long to wait until every lane knows", Number, 10)
    .action((options: Options) => withSql(io, (sql) => engaged(sql, io, options)));
  const release = scoped(new Command("release"))
    .description("let a scope open again")
    .option("--anyway", "after a restore: also where an account was not compared with its broker")
    .action((options: Options) => withSql(io, (sql) => released(sql, io, options)));
  const status = new Command("status")
    .description("what is engaged, and how far it has come")
    .option("--json", "one line of JSON, a list")
    .action((options: Options) => withSql(io, (sql) => shown(sql, io, options)));
  return new Command("kill")
    .description("the kill switch")
    .addCommand(engage)
    .addCommand(release)
    .addCommand(status);
}

function scoped(command: Command): Command {
  return command
    .addOption(new Option("--account <name>", "an account: its name, login or id"))
    .option("--strategy <name>", "a strategy; with --account only that account's copies of it")
    .option("--tenant <name>", "all accounts of a tenant")
    .option("--everything", "all accounts of the hub")
    .requiredOption("--reason <words>", "why; recorded in the audit")
    .option("--json", "one line of JSON, a list");
}

/** BAD_INPUT unless it names one scope. */
export function namedBy({ account, strategy, tenant, everything }: Scoped): Named {
  const wide = [tenant, everything].filter((one) => one !== undefined).length;
  const narrow = account !== undefined || strategy !== undefined ? 1 : 0;
  if (wide + narrow !== 1) {
    const expected =
      "one of --account, --strategy, both for one subscription, --tenant, --everything";
    throw new LockstepError("BAD_INPUT", { field: "scope", expected });
  }
  if (everything) return { scope: "everything", name: "" };
  if (tenant !== undefined) return { scope: "tenant", name: tenant };
  if (account === undefined) return { scope: "strategy", name: strategy ?? "" };
  if (strategy === undefined) return { scope: "account", name: account };
  return { scope: "subscription", name: account, strategy };
}

async function withSql(io: CliIo, act: (sql: Sql) => Promise<void>): Promise<void> {
  const database = await openDatabase(settingsOf(io));
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-kill" });
  try {
    await act(sql);
  } finally {
    await sql.end();
    await database.close();
  }
}

async function engaged(sql: Sql, io: CliIo, options: Options): Promise<void> {
  const targets = await findTargets(sql, namedBy(options));
  const { reason, closeAll = false, wait } = options;
  for (const target of targets) await engageKill(sql, target, { by: BY, reason, closeAll });
  const until = performance.now() + wait * 1_000;
  let progress = await progressOf(sql, targets);
  while (progress.some((one) => one.acknowledgedAt === null) && performance.now() < until) {
    await systemTimers.sleep(POLL_MS);
    progress = await progressOf(sql, targets);
  }
  tell(io, progress, options);
  if (progress.some((one) => one.acknowledgedAt === null)) io.end("FAULT");
}

async function released(sql: Sql, io: CliIo, options: Options): Promise<void> {
  const targets = await findTargets(sql, namedBy(options));
  const { reason, anyway = false } = options;
  const kills: Kill[] = [];
  for (const target of targets) {
    kills.push(await releaseKill(sql, target, { by: BY, reason, anyway }));
  }
  if (options.json) io.out(JSON.stringify(kills));
  else for (const { scope, scopeId } of kills) io.out(`released: ${scope} ${scopeId}`);
}

async function shown(sql: Sql, io: CliIo, options: Options): Promise<void> {
  const tenants = await sql<{ id: string }[]>`select tenant_ids() as id`;
  const all: KillProgress[] = [];
  for (const { id } of tenants) all.push(...(await killsOf(sql, id)));
  tell(io, all, options);
}

async function progressOf(sql: Sql, targets: readonly KillTarget[]): Promise<KillProgress[]> {
  const found: KillProgress[] = [];
  for (const { tenantId, scope, scopeId } of targets) {
    const kills = await killsOf(sql, tenantId);
    found.push(...kills.filter((one) => one.scope === scope && one.scopeId === scopeId));
  }
  return found;
}

function tell(io: CliIo, kills: readonly KillProgress[], { json }: { readonly json?: true }): void {
  if (json) {
    io.out(JSON.stringify(kills));
    return;
  }
  if (kills.length === 0) io.out("no kill switch is engaged");
  for (const one of kills) for (const line of words(one)) io.out(line);
}

function words(kill: KillProgress): string[] {
  const { scope, scopeId, closeAll, by, reason, at, lanes, acknowledged, open, missing } = kill;
  const what = closeAll ? "no opens, and everything is closed" : "no opens";
  return [
    `${scope} ${scopeId}: ${what}, since ${at.toISOString()} by ${by}: ${reason}`,
    `  ${acknowledged} of ${lanes} lanes know of it; ${open} copies are open in its scope`,
    ...(missing.length > 0 ? [`  not yet: ${missing.join(", ")}`] : []),
  ];
}
