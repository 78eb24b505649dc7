/** Accounts connected, named, tagged and put away. */
import { z } from "zod";
import { type AccountService, GATEWAYS } from "../accounts/service.ts";
import { parseFixed } from "../domain/fixed.ts";
import type { Principal } from "../identity/principal.ts";
import type { AccountRecords } from "../records/accounts.ts";
import { ACCOUNT } from "./accounts.ts";
import { type Route, route } from "./route.ts";
import { decimalIn, exampleId, idIn, nameIn, wordIn } from "./schema.ts";

const REASON_MAX = 500;
const NAME_MAX = 100;
const TAGS_MAX = 50;
const TAG_MAX = 40;

const ONE = z.strictObject({ account: idIn("account") });
const REASON = z.strictObject({ reason: nameIn(REASON_MAX) });
const example = { params: { account: exampleId("account") } };
const shared = { tag: "Accounts", permission: "accounts:write", answer: ACCOUNT } as const;

export type AccountParts = {
  readonly records: AccountRecords;
  readonly service: AccountService;
  setTags(
    by: Principal,
    wanted: { readonly account: string; readonly tags: readonly string[] },
  ): Promise<void>;
};

export function accountChangeRoutes(parts: AccountParts): readonly Route[] {
  const { records, service } = parts;
  return [
    route({
      ...{ ...shared, name: "connectAccount", method: "post", path: "/accounts", status: 201 },
      summary: "Makes an account known, so that a terminal can be paired with it.",
      idempotency: "accepted",
      refuses: ["BAD_INPUT"],
      body: z.strictObject({
        broker: nameIn(NAME_MAX).describe("By its name; a new one is made."),
        gateway: z.enum(GATEWAYS).default("metatrader").describe("How a new broker is reached."),
        login: wordIn(64).describe("The account's number at the broker."),
        name: nameIn(NAME_MAX),
        currency: z.string().regex(/^[A-Z]{3}$/, "is not a code of three letters such as EUR"),
        position_mode: z.enum(["hedging", "netting"]).default("hedging"),
        leverage: decimalIn().default("100").describe("100 for 1:100."),
      }),
      example: { body: { broker: "Example", login: "10023987", name: "Mine", currency: "EUR" } },
      async run({ principal, body: { position_mode: positionMode, leverage, ...rest } }) {
        const wanted = { ...rest, positionMode, leverage: parseFixed(leverage) };
        const id = await service.connect(principal, wanted);
        return records.read(seeing(principal, id), id);
      },
    }),
    route({
      ...{ ...shared, name: "renameAccount", method: "patch", path: "/accounts/{account}" },
      summary: "Names an account.",
      params: ONE,
      body: z.strictObject({ name: nameIn(NAME_MAX) }),
      example: { ...example, body: { name: "The family's" } },
      async run({ principal, params: { account }, body: { name } }) {
        await service.rename(principal, account, name);
        return records.read(principal, account);
      },
    }),
    route({
      ...{ ...shared, name: "tagAccount", method: "put", path: "/accounts/{account}/tags" },
      summary: "Says which tags an account has from now on.",
      params: ONE,
      refuses: ["BAD_INPUT"],
      body: z.strictObject({ tags: z.array(nameIn(TAG_MAX)).max(TAGS_MAX) }),
      example: { ...example, body: { tags: ["family"] } },
      async run({ principal, params: { account }, body: { tags } }) {
        await records.read(principal, account);
        await parts.setTags(principal, { account, tags });
        return records.read(principal, account);
      },
    }),
    ...endings(parts),
  ];
}

/** A person's new account is theirs, which what they were when they asked does not say. */
function seeing(principal: Principal, id: string): Principal {
  const { accounts } = principal;
  return accounts === "all" ? principal : { ...principal, accounts: new Set([...accounts, id]) };
}

function endings({ records, service }: AccountParts): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "archiveAccount", method: "post" },
      path: "/accounts/{account}/archive",
      summary: "Puts an account away: its history stays, its terminals are let go.",
      idempotency: "accepted",
      params: ONE,
      refuses: ["IN_USE"],
      body: REASON,
      example: { params: { account: exampleId("account", 2) }, body: { reason: "Closed." } },
      async run({ principal, params: { account }, body: { reason } }) {
        await service.archive(principal, account, reason);
        return records.read(principal, account);
      },
    }),
    route({
      ...{ ...shared, name: "restoreAccount", method: "post" },
      path: "/accounts/{account}/restore",
      summary: "Brings an account back that was archived; its terminals are paired anew.",
      idempotency: "accepted",
      params: ONE,
      body: REASON,
      example: { params: { account: exampleId("account", 2) }, body: { reason: "Open again." } },
      async run({ principal, params: { account }, body: { reason } }) {
        await service.restore(principal, account, reason);
        return records.read(principal, account);
      },
    }),
  ];
}
