/** API keys and people: what there is, new ones, and their end. */
import { z } from "zod";
import {
  type ApiKey,
  createKey,
  type KeyDeps,
  listKeys,
  revokeKey,
} from "../identity/keys/service.ts";
import type { listPeople } from "../identity/people/manage.ts";
import { PERMISSION_NAMES, type Permission } from "../identity/permissions.ts";
import { type Route, route } from "./route.ts";
import { exampleId, idIn, idOut, instantIn, instantOut, nameIn, wordIn } from "./schema.ts";

const SCOPE = z.enum(PERMISSION_NAMES as [Permission, ...Permission[]]);
const ROLE = z.enum(["admin", "operator", "provider", "subscriber", "investor"]);
const NETWORKS_MAX = 50;

const KEY_FIELDS = {
  id: idOut("key"),
  name: z.string(),
  hint: z.string().describe("How the secret begins."),
  mode: z.enum(["test", "live"]),
  roles: z.array(ROLE),
  scopes: z.array(SCOPE),
  networks: z.array(z.string()),
  by_whom: z.string(),
  created_at: instantOut(),
  expires_at: instantOut(),
  revoked_at: instantOut().nullable(),
  last_used_at: instantOut().nullable(),
};
const KEY = z.strictObject(KEY_FIELDS).meta({ id: "ApiKey" });
const NEW_KEY = z
  .strictObject({ ...KEY_FIELDS, secret: z.string().describe("Shown this once.") })
  .meta({ id: "NewApiKey" });

const USER = z
  .strictObject({
    id: idOut("user"),
    email: z.string(),
    name: z.string(),
    roles: z.array(ROLE),
    has_second_factor: z.boolean(),
    disabled_at: instantOut().nullable(),
    created_at: instantOut(),
  })
  .meta({ id: "User" });

const shared = { tag: "Keys", permission: "keys:write" } as const;

export function keyRoutes(deps: KeyDeps): readonly Route[] {
  return [
    route({
      ...{ ...shared, name: "listKeys", method: "get", path: "/keys" },
      summary: "Lists API keys, the newest first.",
      answer: z.strictObject({ data: z.array(KEY) }),
      run: async ({ principal }) => ({ data: (await listKeys(deps, principal)).map(shown) }),
    }),
    route({
      ...{ ...shared, name: "createKey", method: "post", path: "/keys", status: 201 },
      summary: "Creates an API key that may do no more than its creator.",
      ...{ idempotency: "accepted", secret: true },
      refuses: ["BAD_INPUT"],
      body: z.strictObject({
        name: nameIn(100),
        mode: z.enum(["test", "live"]),
        scopes: z.array(SCOPE).min(1),
        networks: z.array(wordIn(64)).max(NETWORKS_MAX).default([]),
        expires_at: instantIn().optional().describe("90 days from now where it is not said."),
      }),
      answer: NEW_KEY,
      example: { body: { name: "reports", mode: "live", scopes: ["accounts:read"] } },
      async run({ principal, body: { expires_at, ...body } }) {
        const end = expires_at === undefined ? {} : { expiresAt: Date.parse(expires_at) };
        const { key, secret } = await createKey(deps, principal, { ...body, ...end });
        return { ...shown(key), secret };
      },
    }),
    route({
      ...{ ...shared, name: "revokeKey", method: "delete", path: "/keys/{key}", status: 204 },
      summary: "Ends an API key at once.",
      params: z.strictObject({ key: idIn("key") }),
      example: { params: { key: exampleId("key") } },
      run: ({ principal, params }) => revokeKey(deps, principal, params.key),
    }),
  ];
}

function shown(key: ApiKey) {
  const { keyId, name, hint, mode, roles, scopes, networks, by } = key;
  return {
    ...{ id: keyId, name, hint, mode, roles, scopes, networks, by_whom: by },
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
    last_used_at: key.lastUsedAt,
  };
}

type People = (by: Parameters<typeof listPeople>[1]) => ReturnType<typeof listPeople>;

export function userRoutes(people: People): readonly Route[] {
  return [
    route({
      ...{ name: "listUsers", method: "get", path: "/users", tag: "Users" },
      permission: "people:read",
      summary: "Lists people and their roles, the oldest first.",
      answer: z.strictObject({ data: z.array(USER) }),
      async run({ principal }) {
        const list = await people(principal);
        return {
          data: list.map(({ personId, email, name, roles, hasTotp, disabledAt, createdAt }) => ({
            ...{ id: personId, email, name, roles, has_second_factor: hasTotp },
            ...{ disabled_at: disabledAt, created_at: createdAt },
          })),
        };
      },
    }),
  ];
}
