/** What came apart, what went wrong, and who did what. */
import { z } from "zod";
import { DIVERGENCE_CAUSES, type DivergenceCause } from "../reconcile/divergence.ts";
import type { DeskRecords } from "../records/desk.ts";
import { listOf } from "./list.ts";
import { type Route, route } from "./route.ts";
import { decimalOut, idIn, idOut, instantIn, instantOut, pageIn, pageOut } from "./schema.ts";

const CAUSE = z.enum(Object.keys(DIVERGENCE_CAUSES) as [DivergenceCause, ...DivergenceCause[]]);

const DIVERGENCE = z
  .strictObject({
    id: idOut("divergence"),
    account_id: idOut("account"),
    subscription_id: idOut("subscription").nullable(),
    position: z.string(),
    symbol: z.string(),
    cause: CAUSE,
    expected: decimalOut().describe("Lots."),
    actual: decimalOut(),
    opened_at: instantOut(),
    closed_at: instantOut().nullable(),
    resolution: z.string().nullable(),
  })
  .meta({ id: "Divergence" });

const INCIDENT = z
  .strictObject({
    id: idOut("incident"),
    account_id: idOut("account").nullable(),
    code: z.string(),
    facts: z.record(z.string(), z.unknown()),
    at: instantOut(),
  })
  .meta({ id: "Incident" });

const AUDIT_ENTRY = z
  .strictObject({
    number: z.int().describe("Counts the entries."),
    by_whom: z.string(),
    action: z.string(),
    subject: z.string(),
    before: z.unknown(),
    after: z.unknown(),
    at: instantOut(),
  })
  .meta({ id: "AuditEntry" });

const get = { method: "get" } as const;

export function deskRoutes(records: DeskRecords): readonly Route[] {
  return [
    route({
      ...{ ...get, name: "listDivergences", path: "/divergences", tag: "Divergences" },
      permission: "divergences:read",
      summary: "Lists where a follower does not hold what the rules say, the newest first.",
      query: z.strictObject({
        ...pageIn,
        account: idIn("account").optional(),
        state: z.enum(["open", "closed"]).optional(),
      }),
      answer: pageOut(DIVERGENCE),
      run: ({ principal, query }) =>
        listOf("divergences", query, (page) => records.divergences(principal, query, page)),
    }),
    route({
      ...{ ...get, name: "listIncidents", path: "/incidents", tag: "Divergences" },
      permission: "divergences:read",
      summary: "Lists what the hub noticed and nobody asked for, the newest first.",
      query: z.strictObject(pageIn),
      answer: pageOut(INCIDENT),
      run: ({ principal, query }) =>
        listOf("incidents", query, (page) => records.incidents(principal, page)),
    }),
    route({
      ...{ ...get, name: "listAuditEntries", path: "/audit_entries", tag: "Audit" },
      permission: "audit:read",
      summary: "Lists who did what, the newest first.",
      query: z.strictObject({
        ...pageIn,
        "at[gte]": instantIn().optional(),
        "at[lt]": instantIn().optional(),
      }),
      answer: pageOut(AUDIT_ENTRY),
      run: ({ principal, query }) =>
        listOf("audit_entries", query, (page) =>
          records.audit(principal, { from: query["at[gte]"], until: query["at[lt]"] }, page),
        ),
    }),
  ];
}
