/** `lockstep divergences` and `lockstep realign`: what differs, why, and the way back. */
import { Command, InvalidArgumentError } from "commander";
import { isLockstepError, LockstepError } from "../domain/errors.ts";
import { systemTimers } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { APP_ROLE, openPostgres, type Sql } from "../platform/postgres.ts";
import {
  type DivergenceFilter,
  type DivergenceView,
  listDivergences,
} from "../reconcile/desk/ledger.ts";
import {
  answersOf,
  askDesk,
  type DeskAnswer,
  planRealignment,
  type RealignPlan,
} from "../reconcile/desk/service.ts";
import { DIVERGENCE_CAUSES, type DivergenceCause } from "../reconcile/divergence.ts";
import { getDivergence, type HistoryEntry } from "../reconcile/history/service.ts";
import { policyCommand } from "./divergence-policy.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = {
  readonly id?: string;
  readonly account?: string;
  readonly strategy?: string;
  readonly cause?: DivergenceCause;
  readonly all?: true;
  readonly dryRun?: true;
  readonly plan?: string;
  readonly reason?: string;
  readonly until?: Date;
  readonly json?: true;
};

const BY = "command line";
const WAIT_MS = 15_000;
const POLL_MS = 200;

export function divergencesCommand(io: CliIo): Command {
  const list = filtered(new Command("divergences"))
    .description("where a follower does not hold what the rules say, and why")
    .option("--all", "also those that are over, or ignored for now")
    .action((options: Options) => withSql(io, (sql) => shown(sql, io, options)));
  const acts = [
    ["accept", "take it as it is"],
    ["detach", "leave the copy to the follower from now on"],
    ["adopt", "take a position that bears our key into the copy it was for"],
    ["ignore", "do not tell of it until then"],
  ] as const;
  for (const [action, words] of acts) {
    const command = filtered(new Command(action))
      .description(words)
      .requiredOption("--reason <words>", "why; recorded in the audit");
    if (action === "ignore") command.requiredOption("--until <time>", "such as 2026-12-31", time);
    list.addCommand(
      command.action((_own: Options, called: Command) =>
        chosen(io, { action, options: called.optsWithGlobals() }),
      ),
    );
  }
  list
    .command("show")
    .description("one divergence, and all that has happened to it")
    .argument("<id>", "its id")
    .action((id: string, _own: Options, called: Command) =>
      withSql(io, (sql) => told(sql, io, { ...called.optsWithGlobals<Options>(), id })),
    );
  return list.addCommand(policyCommand(io, withSql));
}

export function realignCommand(io: CliIo): Command {
  return filtered(new Command("realign"))
    .description("bring divergences home: look at the plan first, then ask for it by its digest")
    .option("--dry-run", "only tell what would be done")
    .option("--plan <digest>", "the plan that was looked at")
    .option("--reason <words>", "why; recorded in the audit")
    .action((options: Options) => withSql(io, (sql) => realigned(sql, io, options)));
}

function filtered(command: Command): Command {
  return command
    .option("--id <id>", "one divergence")
    .option("--account <name>", "of this account: its name, login or id")
    .option("--strategy <name>", "of copies of this strategy")
    .option("--cause <code>", "of this cause", cause)
    .option("--json", "one line of JSON");
}

const filterOf = ({ id, account, strategy, cause: why }: Options): DivergenceFilter => ({
  ...(id === undefined ? {} : { ids: [id] }),
  ...(account === undefined ? {} : { account }),
  ...(strategy === undefined ? {} : { strategy }),
  ...(why === undefined ? {} : { cause: why }),
});

function cause(text: string): DivergenceCause {
  const code = text.toUpperCase().replaceAll("-", "_");
  if (Object.hasOwn(DIVERGENCE_CAUSES, code)) return code as DivergenceCause;
  throw new InvalidArgumentError(
    `one of ${Object.keys(DIVERGENCE_CAUSES).join(", ")} is expected.`,
  );
}

function time(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new InvalidArgumentError("a date such as 2026-12-31.");
  return at;
}

async function withSql(io: CliIo, act: (sql: Sql) => Promise<void>): Promise<void> {
  const database = await openDatabase(settingsOf(io));
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-divergences" });
  try {
    await act(sql);
  } finally {
    await sql.end();
    await database.close();
  }
}

async function tenantsOf(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`select tenant_ids() as id`;
  return rows.map(({ id }) => id);
}

async function shown(sql: Sql, io: CliIo, options: Options): Promise<void> {
  const all = options.all === true;
  const found: DivergenceView[] = [];
  for (const tenantId of await tenantsOf(sql)) {
    const filter = { ...filterOf(options), closed: all, ignored: all };
    found.push(...(await listDivergences(sql, tenantId, filter)));
  }
  if (options.json) io.out(JSON.stringify(found));
  else if (found.length === 0) io.out("no divergence is open");
  else for (const one of found) for (const line of words(one)) io.out(line);
}

async function told(sql: Sql, io: CliIo, { id = "", json }: Options): Promise<void> {
  for (const tenantId of await tenantsOf(sql)) {
    const found = await getDivergence(sql, tenantId, id).catch((error: unknown) => {
      if (isLockstepError(error, "NOT_FOUND")) return null;
      throw error;
    });
    if (found === null) continue;
    const lines = [...words(found.divergence), ...found.history.map(eventWords)];
    for (const line of json ? [JSON.stringify(found)] : lines) io.out(line);
    return;
  }
  throw new LockstepError("NOT_FOUND", { id, expected: "a divergence's id" });
}

function eventWords({ at, what, subject, words: more, by }: HistoryEntry): string {
  const parts = [at.toISOString(), what, subject, by === null ? "" : `by ${by}`, more];
  return `  ${parts.filter((part) => part !== "").join(" ")}`;
}

async function realigned(sql: Sql, io: CliIo, options: Options): Promise<void> {
  const { dryRun, plan, reason } = options;
  if (dryRun || plan === undefined || reason === undefined) {
    for (const tenantId of await tenantsOf(sql)) {
      const found = await planRealignment(sql, tenantId, filterOf(options));
      if (found.items.length > 0) planned(io, found, options);
    }
    if (!dryRun)
      io.err("Nothing was done: give --plan DIGEST and --reason to do what you looked at.");
    return;
  }
  await asked(sql, io, { action: "realign", options, digest: plan });
}

type Asked = {
  readonly action: "realign" | "accept" | "ignore" | "detach" | "adopt";
  readonly options: Options;
  readonly digest?: string;
};

/** What is done to divergences is done to those that somebody has named. */
async function chosen(io: CliIo, one: Asked): Promise<void> {
  if (Object.keys(filterOf(one.options)).length > 0) {
    await withSql(io, (sql) => asked(sql, io, one));
    return;
  }
  io.err("Say which: --id, --account, --strategy or --cause.");
  io.end("USAGE");
}

async function asked(sql: Sql, io: CliIo, { action, options, digest }: Asked): Promise<void> {
  const { reason = "", until } = options;
  for (const tenantId of await tenantsOf(sql)) {
    const filter = filterOf(options);
    const open = await listDivergences(sql, tenantId, { ...filter, ignored: true });
    if (open.length === 0) continue;
    const ids = await askDesk(
      sql,
      { tenantId, by: BY, address: null },
      {
        ...{ action, filter, reason },
        ...(digest === undefined ? {} : { digest }),
        ...(until === undefined ? {} : { until }),
      },
    );
    const answers = await answered(sql, tenantId, ids);
    if (options.json) io.out(JSON.stringify(answers));
    else for (const one of answers) io.out(`${one.divergenceId}: ${one.state}, ${one.words}`);
    if (answers.some(({ state }) => state !== "done")) io.end("FAULT");
    return;
  }
  io.err("No open divergence fits: `lockstep divergences` lists them.");
  io.end("FAULT");
}

async function answered(
  sql: Sql,
  tenantId: string,
  ids: readonly string[],
): Promise<readonly DeskAnswer[]> {
  const until = performance.now() + WAIT_MS;
  for (;;) {
    const answers = await answersOf(sql, tenantId, ids);
    if (answers.every(({ state }) => state !== "waiting") || performance.now() > until)
      return answers;
    await systemTimers.sleep(POLL_MS);
  }
}

function planned(io: CliIo, plan: RealignPlan, { json }: Options): void {
  if (json) {
    io.out(JSON.stringify(plan));
    return;
  }
  for (const one of plan.items) for (const line of words(one)) io.out(line);
  io.out(`${plan.possible} of ${plan.items.length} can be realigned; plan ${plan.digest}`);
}

function words(one: DivergenceView): string[] {
  const { divergenceId, account, strategy, symbol, cause: why, code, expected, actual } = one;
  const { value, cost, currency, wayBack, closedAt, resolution, openedAt } = one;
  const amount = (text: string | null): string =>
    text === null ? "unknown" : `${text} ${currency}`;
  const over = closedAt === null ? "" : `, over since ${closedAt.toISOString()}: ${resolution}`;
  const way = wayBack.possible
    ? wayBack.orders.map(
        (order) => `${order.kind} ${order.side} ${order.volume ?? ""} ${order.symbol}`,
      )
    : [wayBack.why];
  return [
    `${divergenceId}  ${account} ${symbol} ${why}${code === null ? "" : ` (${code})`}${over}`,
    `  ${strategy ?? "no copy"}: expected ${expected}, holds ${actual}, since ${openedAt.toISOString()}`,
    `  worth ${amount(value)}, way back costs ${amount(cost)}: ${way.join("; ")}`,
  ];
}
