/** Accounts connected, named, tagged and put away. */
import { z } from "zod";
import type { AccountService } from "../accounts/service.ts";
import { parseFixed } from "../domain/fixed.ts";
import type { Principal } from "../identity/principal.ts";
import type { PairingService } from "../pairing/service.ts";
import type { AccountRecords } from "../records/accounts.ts";
import { ACCOUNT } from "./accounts.ts";
import { type Route, route } from "./route.ts";
import { decimalIn, exampleId, idIn, nameIn, wordIn } from "./schema.ts";

const REASON_MAX = 500;
const NAME_MAX = 100;
const LOGIN_MAX = 64;
const TAGS_MAX = 50;
const TAG_MAX = 40;

const ONE = z.strictObject({ account: idIn("account") });
const REASON = z.strictObject({ reason: nameIn(REASON_MAX) });
/** What is not said is as it is known here, else hedging, USD and 1:100. */
const LINKED = z.strictObject({
  broker: nameIn(NAME_MAX).describe("By its name; a new one is made."),
  login: wordIn(LOGIN_MAX).describe("The account's number at the broker."),
  name: nameIn(NAME_MAX).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "is not a code of three letters such as EUR")
    .optional(),
  position_mode: z.enum(["hedging", "netting"]).optional(),
  leverage: decimalIn().optional().describe("100 for 1:100."),
});
const example = { params: { account: exampleId("account") } };
const shared = { tag: "Accounts", permission: "accounts:write", answer: ACCOUNT } as const;

export type AccountParts = {
  readonly records: AccountRecords;
  readonly service: AccountService;
  readonly pairing: Pick<PairingService, "link">;
  setTags(
    by: Principal,
    wanted: { readonly account: string; readonly tags: readonly string[] },
  ): Promise<void>;
};

export function accountChangeRoutes(parts: AccountParts): readonly Route[] {
  const { records, service, pairing } = parts;
  return [
    route({
      ...{ ...shared, name: "connectAccount", method: "post", path: "/accounts", status: 201 },
      summary: "Makes an account known that speaks through a terminal, or finds it.",
      description: "POST /pairing_codes then has a terminal paired with it.",
      idempotency: "accepted",
      refuses: ["BAD_INPUT"],
      body: LINKED,
      example: { body: { broker: "Example", login: "10023987", name: "Mine", currency: "EUR" } },
      async run({ principal, body: { position_mode: mode, leverage, ...rest } }) {
        const exact = leverage === undefined ? undefined : parseFixed(leverage);
        const { accountId } = await pairing.link(principal, { ...rest, mode, leverage: exact });
        return records.read(seeing(principal, accountId), accountId);
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
