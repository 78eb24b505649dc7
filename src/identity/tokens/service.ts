/**
 * Short-lived tokens of an API key (JWT, by jose): for a page, a terminal or a stream that should hold
 * the key's rights for minutes, or a part of them, and never the key itself.
 * Invariants: a token may do no more than its key may now, and ends with it; it makes no other token;
 * whatever is wrong with one, it is refused alike; what signs it is derived from the master keys and
 * named in it, so that a rotation needs no pause.
 */
import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { LockstepError } from "../../domain/errors.ts";
import type { Instant } from "../../domain/instant.ts";
import { inTenant } from "../../platform/postgres.ts";
import { recordAudit } from "../audit/record.ts";
import { type KeyDeps, principalOfId } from "../keys/service.ts";
import { PERMISSION_NAMES, type Permission } from "../permissions.ts";
import type { Principal } from "../principal.ts";

/** What signs: the newest makes tokens, each that is still known reads them. */
export type TokenKeys = {
  newest(): { readonly kid: string; readonly secret: Uint8Array };
  /** Undefined for a key that is not, or no more, one of the hub's. */
  find(kid: string): Uint8Array | undefined;
};

export type TokenDeps = KeyDeps & { readonly keys: TokenKeys };

export const TOKEN_SECONDS_MAX = 900;

const ALGORITHM = "HS256";
/** As RFC 9068 names the kind, so that no other kind of JWT is taken for one. */
const KIND = "at+jwt";
const ISSUER = "lockstep";
const AUDIENCE = "lockstep-api";
const MINT: Permission = "tokens:write";

const claims = z.object({
  sub: z.uuid(),
  tenant: z.uuid(),
  scope: z.string().max(1_000),
  iat: z.int(),
  exp: z.int(),
});

export type Wanted = {
  readonly scopes: readonly Permission[];
  readonly seconds: number;
};

export type Token = {
  readonly token: string;
  readonly scopes: readonly Permission[];
  readonly expiresAt: Instant;
};

/** FORBIDDEN for anybody but a key, and for rights that it has not. */
export async function makeToken(
  deps: TokenDeps,
  by: Principal,
  { scopes, seconds }: Wanted,
): Promise<Token> {
  if (by.actor.kind !== "key") throw new LockstepError("FORBIDDEN", { expected: "an API key" });
  const beyond = scopes.find((scope) => scope === MINT || !by.scopes?.includes(scope));
  if (beyond !== undefined) throw new LockstepError("FORBIDDEN", { permission: beyond });
  const { kid, secret } = deps.keys.newest();
  const iat = Math.floor(deps.now() / 1_000);
  const exp = iat + seconds;
  const jti = deps.newId();
  const token = await new SignJWT({ tenant: by.tenantId, scope: scopes.join(" ") })
    .setProtectedHeader({ alg: ALGORITHM, typ: KIND, kid })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(by.actor.id)
    .setJti(jti)
    .setIssuedAt(iat)
    .setExpirationTime(exp)
    .sign(secret);
  const { tenantId, actor, address } = by;
  await inTenant(deps.sql, tenantId, (tx) =>
    recordAudit(tx, {
      ...{ tenantId, by: actor.name, address, action: "make token", subject: jti },
      after: { key: actor.id, scopes, seconds },
    }),
  );
  return { token, scopes, expiresAt: exp * 1_000 };
}

/** Whether it could be one at all: keys look otherwise. */
export const isToken = (text: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);

/** UNAUTHENTICATED, without a word of why, unless token and key are good now and from there. */
export async function principalOfToken(
  deps: TokenDeps,
  token: string,
  address: string | null,
): Promise<Principal> {
  const told = await read(deps, token);
  if (told === null) throw new LockstepError("UNAUTHENTICATED");
  const key = await principalOfId(deps, { tenantId: told.tenant, keyId: told.sub }, address);
  const wanted = told.scope.split(" ");
  const scopes = PERMISSION_NAMES.filter(
    (name) => name !== MINT && wanted.includes(name) && key.scopes?.includes(name),
  );
  return { ...key, scopes };
}

async function read(deps: TokenDeps, token: string): Promise<z.output<typeof claims> | null> {
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const secret = kid === undefined ? undefined : deps.keys.find(kid);
        if (secret === undefined) throw new LockstepError("UNAUTHENTICATED");
        return secret;
      },
      {
        ...{ algorithms: [ALGORITHM], typ: KIND, issuer: ISSUER, audience: AUDIENCE },
        ...{ requiredClaims: ["exp", "iat", "sub", "jti"], maxTokenAge: TOKEN_SECONDS_MAX },
        currentDate: new Date(deps.now()),
      },
    );
    return claims.parse(payload);
  } catch {
    // Forged, too old, of another hub: all of it is one answer, and none is a fault of ours.
    return null;
  }
}
