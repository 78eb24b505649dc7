/** API keys: those there are, a new one whose secret is shown once, and an end to one. */
import {
  type ApiKey,
  createKey,
  type KeyDeps,
  listKeys,
  type NewKey,
  revokeKey,
} from "../../identity/keys/service.ts";
import {
  allows,
  asksForFreshFactor,
  PERMISSION_NAMES,
  PERMISSIONS,
} from "../../identity/permissions.ts";
import type { Principal } from "../../identity/principal.ts";
import type { Fields } from "../fields.ts";
import type { Asked, PageAnswer, Portal } from "../portal.ts";
import { dateTime } from "../view/format.ts";
import { faultWords, formPage, type IdentityParts, peopleOf } from "./parts.ts";

const DAY_MS = 86_400_000;

export function addKeys(portal: Portal, parts: IdentityParts): void {
  portal.page("/keys", "keys:write", (asked) => keysPage(peopleOf(parts), asked));
  portal.form("/keys", "keys:write", (asked, fields) => made(peopleOf(parts), asked, fields));
  portal.form("/keys/revoke", "keys:write", async ({ principal }, fields) => {
    await revokeKey(peopleOf(parts), principal, fields.get("key"));
    return { to: "/keys", say: "The key opens nothing any more." };
  });
}

type Typed = { readonly fields?: Fields; readonly fault?: string };

async function keysPage(
  deps: KeyDeps,
  { principal, now }: Asked,
  { fields, fault }: Typed = {},
): Promise<PageAnswer> {
  const keys = await listKeys(deps, principal);
  return formPage(
    {
      page: "keys",
      title: "API keys",
      lead: "Programs ask with a key. It may do no more than you, and only what you tick.",
    },
    {
      ...(fault === undefined ? {} : { fault }),
      name: fields?.get("name") ?? "",
      networks: fields?.get("networks") ?? "",
      scopes: scopesFor(principal, fields?.all("scope") ?? []),
      keys: keys.map((key) => rowOf(key, now)),
    },
  );
}

const scopesFor = (principal: Principal, ticked: readonly string[]) =>
  // What asks for a fresh proof no key can do.
  PERMISSION_NAMES.filter((scope) => allows(principal, scope) && !asksForFreshFactor(scope)).map(
    (scope) => ({
      scope,
      words: PERMISSIONS[scope].words,
      ticked: ticked.includes(scope),
    }),
  );

function rowOf(key: ApiKey, now: number) {
  const { keyId, name, hint, mode, by, scopes, networks, expiresAt, revokedAt, lastUsedAt } = key;
  const isOver = revokedAt !== null || expiresAt.getTime() <= now;
  return {
    ...{ keyId, name, hint, mode, by, isOver },
    scopes: scopes.join(", "),
    networks: networks.length === 0 ? "anywhere" : networks.join(", "),
    state: revokedAt !== null ? "revoked" : isOver ? "expired" : "good",
    until: dateTime((revokedAt ?? expiresAt).getTime()),
    used: lastUsedAt === null ? "never" : dateTime(lastUsedAt.getTime()),
  };
}

async function made(deps: KeyDeps, asked: Asked, fields: Fields): Promise<PageAnswer> {
  try {
    const { key, secret } = await createKey(deps, asked.principal, wantedOf(asked, fields));
    return formPage({ page: "key-made", title: "Your new key" }, { name: key.name, secret });
  } catch (error) {
    return keysPage(deps, asked, { fields, fault: faultWords(error) });
  }
}

function wantedOf({ now }: Asked, fields: Fields): NewKey {
  const days = Number(fields.get("days"));
  const ticked = fields.all("scope");
  return {
    name: fields.get("name"),
    mode: fields.get("mode") === "live" ? "live" : "test",
    scopes: PERMISSION_NAMES.filter((scope) => ticked.includes(scope)),
    networks: fields
      .get("networks")
      .split(/[\s,]+/)
      .filter((text) => text !== ""),
    expiresAt: now + days * DAY_MS,
  };
}
