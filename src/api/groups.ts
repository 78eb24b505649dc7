/** Groups of accounts, and accounts summed up by what they share. */
import { z } from "zod";
import { type IdKind, idText } from "../domain/prefixed-ids.ts";
import {
  changeGroup,
  createGroup,
  type Group,
  type GroupDeps,
  removeGroup,
} from "../labels/groups.ts";
import { type GroupRecords, SHARED, type Shared } from "../records/groups.ts";
import { ApiError } from "./errors.ts";
import { listOf } from "./list.ts";
import { type Route, route } from "./route.ts";
import {
  decimalOut,
  exampleId,
  idIn,
  idOut,
  instantOut,
  nameIn,
  pageIn,
  pageOut,
} from "./schema.ts";

const MEMBERS_MAX = 5_000;
const NAME_MAX = 100;

const TOTAL = z
  .strictObject({
    currency: z.string(),
    accounts: z.int(),
    unseen: z.int().describe("Of these, how many have no figures yet: they are in no sum."),
    balance: decimalOut(),
    credit: decimalOut(),
    equity: decimalOut(),
    margin: decimalOut(),
    floating: decimalOut().describe("Equity less balance and credit."),
  })
  .meta({ id: "Total" });

const GROUP = z
  .strictObject({
    id: idOut("group"),
    name: z.string(),
    created_at: instantOut(),
    accounts: z.array(idOut("account")).describe("Of its accounts, those that you may see."),
    totals: z.array(TOTAL).describe("Of these accounts, a line a currency."),
  })
  .meta({ id: "Group" });

const SUBTOTAL = z
  .strictObject({
    of: z.string().describe("An id; a tag or a currency itself."),
    name: z.string(),
    totals: z.array(TOTAL),
  })
  .meta({ id: "Subtotal" });

const BODY = z.strictObject({
  name: nameIn(NAME_MAX),
  accounts: z.array(idIn("account")).max(MEMBERS_MAX).default([]),
});
const ONE = z.strictObject({ group: idIn("group") });
const example = { params: { group: exampleId("group") } };
const body = { name: "Family", accounts: [exampleId("account")] };
const reading = { tag: "Groups", permission: "accounts:read", method: "get" } as const;
const writing = { tag: "Groups", permission: "accounts:write" } as const;

export function groupRoutes(records: GroupRecords, deps: GroupDeps): readonly Route[] {
  return [
    route({
      ...{ ...reading, name: "listGroups", path: "/groups" },
      summary: "Lists groups with their sums, by name.",
      query: z.strictObject(pageIn),
      answer: pageOut(GROUP),
      run: ({ principal, query }) =>
        listOf("groups", query, (page) => records.list(principal, page)),
    }),
    route({
      ...{ ...writing, name: "createGroup", method: "post", path: "/groups", status: 201 },
      summary: "Puts accounts together.",
      idempotency: "accepted",
      refuses: ["BAD_INPUT", "NOT_FOUND"],
      body: BODY,
      answer: GROUP,
      example: { body: { ...body, name: "Another family" } },
      run: async ({ principal, body: wanted }) =>
        records.read(principal, await createGroup(deps, principal, wanted)),
    }),
    route({
      ...{ ...reading, name: "getGroup", path: "/groups/{group}" },
      summary: "Reads a group with its sums.",
      params: ONE,
      answer: GROUP,
      example,
      run: ({ principal, params }) => records.read(principal, params.group),
    }),
    ...changing(records, deps),
    subtotalRoute(records),
  ];
}

function changing(records: GroupRecords, deps: GroupDeps): readonly Route[] {
  return [
    route({
      ...{ ...writing, name: "changeGroup", method: "put", path: "/groups/{group}" },
      summary: "Names a group and its accounts, as they are to be from now on.",
      params: ONE,
      refuses: ["BAD_INPUT"],
      body: BODY,
      answer: GROUP,
      example: { ...example, body },
      async run({ principal, params: { group: id }, body: wanted }) {
        await records.read(principal, id);
        const group: Group = wanted;
        await changeGroup(deps, principal, { id, group });
        return records.read(principal, id);
      },
    }),
    route({
      ...{
        ...writing,
        name: "removeGroup",
        method: "delete",
        path: "/groups/{group}",
        status: 204,
      },
      summary: "Ends a group. Its accounts stay as they are.",
      params: ONE,
      example,
      run: ({ principal, params }) => removeGroup(deps, principal, params.group),
    }),
  ];
}

const KIND_OF: Readonly<Partial<Record<Shared, IdKind>>> = {
  ...{ broker: "broker", strategy: "strategy", investor: "user", group: "group" },
};

function subtotalRoute(records: GroupRecords): Route {
  return route({
    ...{ ...reading, name: "listSubtotals", path: "/subtotals" },
    summary: "Sums accounts up by what they share.",
    description: "An account is in as many lines as it has tags, strategies, investors or groups.",
    query: z.strictObject({ by: z.enum(SHARED).default("broker") }),
    answer: z.strictObject({ data: z.array(SUBTOTAL) }),
    async run({ principal, query: { by } }) {
      // Whose accounts they share would tell who the others are.
      if (by === "investor" && principal.accounts !== "all") {
        throw new ApiError("FORBIDDEN", "It tells of other people.");
      }
      const kind = KIND_OF[by];
      const lines = await records.subtotals(principal, by);
      return {
        data: lines.map(({ of, name, totals }) => ({
          ...{ of: kind === undefined ? of : idText(kind, of), name, totals },
        })),
      };
    },
  });
}
