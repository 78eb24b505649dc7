/** Terminals that speak for accounts: codes to pair them, what is paired, and its end. */
import { z } from "zod";
import { isLockstepError } from "../domain/errors.ts";
import type { PairedTerminal, PairingService } from "../pairing/service.ts";
import type { AccountRecords } from "../records/accounts.ts";
import { notFound } from "./errors.ts";
import { type Route, route } from "./route.ts";
import { exampleId, idIn, idOut, instantOut } from "./schema.ts";

const ID = /^conn_[0-9a-z]{8}$/;
const EXAMPLE = "conn_0123abcd";
const text = () =>
  z
    .string()
    .regex(ID)
    .meta({ examples: [EXAMPLE] });
const written = (device: string): string => `conn_${device.toLowerCase()}`;
const deviceOf = (id: string): string => id.slice("conn_".length).toUpperCase();

/** A device is named by the code that it was paired with, and not by a UUID. */
const ID_IN = z.codec(text(), z.string(), { decode: deviceOf, encode: written });
const ID_OUT = z.codec(z.string(), text(), { decode: written, encode: deviceOf });

const CODE = z
  .strictObject({
    connection_id: ID_OUT.describe("Of what comes of it."),
    account_id: idOut("account"),
    code: z.string().describe("To be typed at the terminal. Shown this once."),
    expires_at: instantOut(),
  })
  .meta({ id: "PairingCode" });

const PROGRESS = z
  .strictObject({
    id: ID_OUT,
    account_id: idOut("account"),
    state: z.enum(["waiting", "expired", "withdrawn", "paired", "revoked"]),
    expires_at: instantOut().describe("Of the code."),
  })
  .meta({ id: "Connection" });

const TERMINAL = z
  .strictObject({
    id: ID_OUT,
    account_id: idOut("account"),
    broker: z.string(),
    login: z.string(),
    platform: z.string(),
    server: z.string().describe("The broker's, as the terminal tells it."),
    paired_at: instantOut(),
    revoked_at: instantOut().nullable(),
    is_online: z
      .boolean()
      .nullable()
      .describe("Null: another process owns the account, or it is revoked."),
  })
  .meta({ id: "Terminal" });

const ONE = z.strictObject({ connection: ID_IN });
const example = { params: { connection: EXAMPLE } };
const reading = { tag: "Connections", permission: "accounts:read", method: "get" } as const;
const writing = { tag: "Connections", permission: "accounts:write" } as const;

export type ConnectionParts = {
  readonly pairing: PairingService;
  readonly records: AccountRecords;
  /** Null where this process owns it not. */
  readonly isOnline: (accountId: string) => boolean | null;
};

export function connectionRoutes({
  pairing,
  records,
  isOnline,
}: ConnectionParts): readonly Route[] {
  return [
    route({
      ...{ ...writing, name: "createPairingCode", method: "post", status: 201 },
      path: "/accounts/{account}/pairing_codes",
      summary: "Hands out a code, for 15 minutes and one terminal.",
      ...{ idempotency: "accepted", secret: true },
      refuses: ["BAD_INPUT"],
      params: z.strictObject({ account: idIn("account") }),
      answer: CODE,
      example: { params: { account: exampleId("account", 3) } },
      async run({ principal, params: { account } }) {
        await records.read(principal, account);
        const { device, code, expiresAt } = await pairing.offer(principal, account);
        const expires_at = new Date(expiresAt);
        return { connection_id: device, account_id: account, code, expires_at };
      },
    }),
    route({
      ...{ ...reading, name: "listConnections", path: "/connections" },
      summary: "Lists terminals that are or were paired, the newest first, a thousand at most.",
      query: z.strictObject({ account: idIn("account").optional() }),
      answer: z.strictObject({ data: z.array(TERMINAL) }),
      async run({ principal, query: { account } }) {
        const all = await pairing.devices(principal);
        const some = all.filter(({ accountId }) => account === undefined || accountId === account);
        return { data: some.map((one) => shown(one, isOnline)) };
      },
    }),
    route({
      ...{ ...reading, name: "getConnection", path: "/connections/{connection}" },
      summary: "Tells how far a pairing code has come.",
      params: ONE,
      answer: PROGRESS,
      example,
      async run({ principal, params: { connection } }) {
        const { accountId, state, expiresAt } = await asIfUnknown(
          pairing.progress(principal, connection),
        );
        return { id: connection, account_id: accountId, state, expires_at: new Date(expiresAt) };
      },
    }),
    route({
      ...{ ...writing, name: "revokeConnection", method: "delete", status: 204 },
      path: "/connections/{connection}",
      summary: "Ends a pairing for good, or a code that waits; orders stay at the broker.",
      params: ONE,
      example,
      async run({ principal, params: { connection } }) {
        await asIfUnknown(pairing.revoke(principal, connection));
      },
    }),
  ];
}

/** A refusal that names what was asked for would not be the same for each. */
async function asIfUnknown<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isLockstepError(error, "NOT_FOUND") ? notFound("connection") : error;
  }
}

function shown(one: PairedTerminal, isOnline: ConnectionParts["isOnline"]) {
  const { device: id, accountId: account_id, broker, login, platform, server } = one;
  return {
    ...{ id, account_id, broker, login, platform, server, paired_at: new Date(one.pairedAt) },
    revoked_at: one.revokedAt === null ? null : new Date(one.revokedAt),
    is_online: one.revokedAt === null ? isOnline(account_id) : null,
  };
}
