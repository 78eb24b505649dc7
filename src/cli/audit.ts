/** `lockstep audit`: whether the audit is as it was written, and seals of it to keep elsewhere. */
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { formatSeal, sealAudit } from "../identity/audit/seals.ts";
import { type AuditReport, parseSeals, verifyAudit } from "../identity/audit/verify.ts";
import { systemClock } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { auditKey } from "../platform/key-file.ts";
import { APP_ROLE, openPostgres, type Sql } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = { readonly seals?: string; readonly json?: true };

export function auditCommand(io: CliIo): Command {
  const verify = new Command("verify")
    .description("check every row of the audit; names the one that was tampered with")
    .option(
      "--seals <file>",
      "seals that were kept elsewhere, as `lockstep audit seal` prints them",
    )
    .option("--json", "one line of JSON, a list")
    .action((options: Options) => withAudit(io, (sql, key) => verified(sql, key, { io, options })));
  const seal = new Command("seal")
    .description("sign where the audit stands; a line of JSON a tenant, to be kept elsewhere")
    .action(() =>
      withAudit(io, async (sql, key) => {
        const seals = await sealAudit(sql, key, new Date(systemClock.now()));
        for (const one of seals) io.out(formatSeal(one));
      }),
    );
  return new Command("audit")
    .description("who did what, in a chain that shows tampering")
    .addCommand(verify)
    .addCommand(seal);
}

async function withAudit(io: CliIo, act: (sql: Sql, key: Buffer) => Promise<void>): Promise<void> {
  const settings = settingsOf(io);
  const database = await openDatabase(settings);
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-audit" });
  try {
    await act(sql, await auditKey(settings.config.dataDir));
  } finally {
    await sql.end();
    await database.close();
  }
}

type Asked = { readonly io: CliIo; readonly options: Options };

async function verified(sql: Sql, key: Buffer, { io, options }: Asked): Promise<void> {
  const { seals, json } = options;
  const kept = seals === undefined ? [] : parseSeals(await readFile(seals, "utf8"));
  const reports = await verifyAudit(sql, { key, kept });
  if (json) io.out(JSON.stringify(reports));
  else for (const line of reports.flatMap(words)) io.out(line);
  if (reports.some(({ faults }) => faults.length > 0)) io.end("FAULT");
}

function words({ tenant, rows, seals, foreignSeals, faults }: AuditReport): string[] {
  const foreign = foreignSeals > 0 ? `, ${foreignSeals} seals of another key not checked` : "";
  const verdict = faults.length > 0 ? `${faults.length} faults` : "as it was written";
  return [
    `${tenant}: ${rows} rows, ${seals} seals${foreign}: ${verdict}`,
    ...faults.map((fault) => `  ${fault.words}`),
  ];
}
