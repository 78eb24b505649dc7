/** The audit: who did what, from where, before and after; and the same as a table to take away. */
import { stringify } from "csv-stringify/sync";
import { type AuditRow, readAudit } from "../../identity/audit/read.ts";
import { principalOf } from "../../identity/policy.ts";
import type { Asked, PageAnswer, Portal } from "../portal.ts";
import { dateTime } from "../view/format.ts";
import { formPage, type IdentityParts, peopleOf } from "./parts.ts";

const PAGE = 100;
const EXPORT_MAX = 50_000;

export function addAudit(portal: Portal, parts: IdentityParts): void {
  portal.page("/audit", "audit:read", (asked) => auditPage(parts, asked));
  portal.guard.on("GET", "/audit.csv", "audit:read", async (context) => {
    const principal = principalOf(context);
    const text = context.req.query("q") ?? "";
    const rows = await readAudit(peopleOf(parts).sql, principal.tenantId, {
      text,
      limit: EXPORT_MAX,
    });
    context.header("Content-Type", "text/csv; charset=utf-8");
    context.header("Content-Disposition", 'attachment; filename="audit.csv"');
    context.header("Cache-Control", "no-store");
    return context.body(csvOf(rows));
  });
}

async function auditPage(parts: IdentityParts, { principal, query }: Asked): Promise<PageAnswer> {
  const [text, below] = [query("q").slice(0, 100), Number(query("below"))];
  const filter = { text, limit: PAGE + 1, ...(below > 0 ? { below } : {}) };
  const rows = await readAudit(peopleOf(parts).sql, principal.tenantId, filter);
  const shown = rows.slice(0, PAGE);
  const last = rows.length > PAGE ? shown.at(-1) : undefined;
  const q = encodeURIComponent(text);
  return formPage(
    { page: "audit", title: "Audit", lead: "Who did what, from where, and how it was before." },
    {
      text,
      rows: shown.map(rowOf),
      nothing: { title: text === "" ? "Nothing was done yet" : `Nothing contains “${text}”` },
      older: last === undefined ? null : `/audit?q=${q}&below=${last.number}`,
      csv: `/audit.csv?q=${q}`,
    },
  );
}

const rowOf = (row: AuditRow) => ({
  ...row,
  at: dateTime(row.at.getTime()),
  address: row.address ?? "–",
});

/** A cell that a spreadsheet would take for a formula begins with an apostrophe. */
const csvOf = (rows: readonly AuditRow[]): string =>
  stringify(
    rows.map((row) => ({ ...row, at: row.at.toISOString() })),
    { header: true, escape_formulas: true, columns: [...COLUMNS] },
  );

const COLUMNS = ["number", "at", "by", "address", "action", "subject", "before", "after"] as const;
