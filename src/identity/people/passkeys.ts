/**
 * Passkeys (WebAuthn): a key pair whose private half stays in somebody's device and is opened there by
 * a finger, a face or a PIN. It proves possession and the person at once, so that it signs in alone,
 * beside the password and its second factor.
 * Invariants: a challenge counts once, for what and whom it was drawn; the device has to have verified
 * its person; a key counts for this hub's address only, and one whose count falls is refused.
 */
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { LockstepError } from "../../domain/errors.ts";
import { inTenant } from "../../platform/postgres.ts";
import { recordAudit } from "../audit/record.ts";
import { plainName } from "../name.ts";
import type { Principal } from "../principal.ts";
import type { From, PeopleDeps } from "./deps.ts";
import { challengeIn, type Site, siteOf } from "./passkey-site.ts";
import {
  countUse,
  insertPasskey,
  keepChallenge,
  type Passkey,
  readPasskeys,
  useChallenge,
} from "./passkey-store.ts";
import { sha256 } from "./secrets.ts";
import { findSession, type Opened, openSession, raiseSession } from "./sessions.ts";
import { readPeople } from "./store.ts";

const PASSKEYS_MAX = 20;
const USED = "a passkey that is known here and was just used";

const refused = (): LockstepError => new LockstepError("UNAUTHENTICATED", { expected: USED });

/** BAD_INPUT where this hub's address allows none. */
function hereOf(deps: PeopleDeps): Site {
  const site = siteOf(deps.baseUrl);
  if (site !== null) return site;
  const expected = "a hub that is reached by a name (LOCKSTEP_BASE_URL), over https";
  throw new LockstepError("BAD_INPUT", { field: "passkey", expected });
}

/** What the browser is to make a key for. */
export async function beginPasskey(
  deps: PeopleDeps,
  by: Principal,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { rpId } = hereOf(deps);
  const { tenantId, actor } = by;
  return inTenant(deps.sql, tenantId, async (tx) => {
    const [person] = await readPeople(tx, { personId: actor.id });
    if (person === undefined) throw new LockstepError("FORBIDDEN", { expected: "a person" });
    const known = await readPasskeys(tx, { personId: actor.id });
    if (known.length >= PASSKEYS_MAX) {
      throw new LockstepError("LIMIT_REACHED", { expected: `at most ${PASSKEYS_MAX} passkeys` });
    }
    const options = await generateRegistrationOptions({
      ...{ rpName: "Lockstep", rpID: rpId, userName: person.email, userDisplayName: person.name },
      userID: new Uint8Array(Buffer.from(person.personId)),
      challenge: new Uint8Array(deps.random(32)),
      attestationType: "none",
      excludeCredentials: known.map(({ credentialId: id }) => ({ id })),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
    });
    const drawn = { challenge: options.challenge, purpose: "register" as const };
    await keepChallenge(tx, deps, tenantId, { ...drawn, personId: actor.id });
    return options;
  });
}

/** `response` as the browser gave it, in JSON. BAD_INPUT where it is no answer to what was asked. */
export async function addPasskey(
  deps: PeopleDeps,
  by: Principal,
  { response: text, name: wanted }: { readonly response: string; readonly name: string },
): Promise<void> {
  const name = plainName(wanted);
  const { rpId, origin } = hereOf(deps);
  const { tenantId, actor, address } = by;
  const response = parsed<RegistrationResponseJSON>(text);
  const asked = await usedUp(deps, tenantId, text, { purpose: "register", personId: actor.id });
  const made =
    asked === null
      ? null
      : await verifyRegistrationResponse({
          ...{ response, expectedChallenge: asked, expectedOrigin: origin, expectedRPID: rpId },
          requireUserVerification: true,
        }).catch(() => null);
  if (!made?.verified) throw notMade();
  const { id, publicKey, counter, transports = [] } = made.registrationInfo.credential;
  await inTenant(deps.sql, tenantId, async (tx) => {
    const passkey: Passkey = {
      ...{ passkeyId: deps.newId(), personId: actor.id, credentialId: id, counter, name },
      publicKey: Buffer.from(publicKey),
      transports: transports.filter((one) => /^[a-z-]{1,20}$/.test(one)),
      createdAt: new Date(deps.now()),
      lastUsedAt: null,
    };
    if (!(await insertPasskey(tx, tenantId, passkey))) throw notMade();
    const entry = { tenantId, by: actor.name, address, action: "add passkey" };
    await recordAudit(tx, { ...entry, subject: passkey.passkeyId, after: { name } });
  });
}

const notMade = (): LockstepError =>
  new LockstepError("BAD_INPUT", { field: "passkey", expected: "one that was made just now" });

export function listPasskeys({ sql }: PeopleDeps, by: Principal): Promise<readonly Passkey[]> {
  return inTenant(sql, by.tenantId, (tx) => readPasskeys(tx, { personId: by.actor.id }));
}

/** NOT_FOUND where it is not one of the person's own. */
export async function removePasskey(
  deps: PeopleDeps,
  by: Principal,
  passkeyId: string,
): Promise<void> {
  const { tenantId, actor, address } = by;
  await inTenant(deps.sql, tenantId, async (tx) => {
    const [gone] = await tx<{ name: string }[]>`delete from passkeys
      where passkey_id::text = ${passkeyId} and person_id = ${actor.id} returning name`;
    if (gone === undefined) {
      throw new LockstepError("NOT_FOUND", { passkeyId, expected: "one of your own passkeys" });
    }
    const entry = { tenantId, by: actor.name, address, action: "remove passkey" };
    await recordAudit(tx, { ...entry, subject: passkeyId, before: { name: gone.name } });
  });
}

/** What the browser is to prove, with whichever key its person chooses. */
export async function askPasskey(
  deps: PeopleDeps,
  tenantId: string,
  personId: string | null,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { rpId } = hereOf(deps);
  const options = await generateAuthenticationOptions({
    rpID: rpId,
    challenge: new Uint8Array(deps.random(32)),
    userVerification: "required",
  });
  const purpose = personId === null ? ("sign-in" as const) : ("prove" as const);
  await inTenant(deps.sql, tenantId, (tx) =>
    keepChallenge(tx, deps, tenantId, { challenge: options.challenge, purpose, personId }),
  );
  return options;
}

/** A full session. UNAUTHENTICATED, without a word of why; LIMIT_REACHED. */
export async function signInByPasskey(
  deps: PeopleDeps,
  { tenantId: asked, response }: { readonly tenantId: string; readonly response: string },
  from: From,
): Promise<Opened> {
  await deps.attempts.count("passkey", from.address);
  const proven = await provenBy(deps, { tenantId: asked, personId: null, response });
  if (proven === null) throw refused();
  await deps.attempts.right("passkey", from.address);
  const { tenantId, passkey, counter } = proven;
  return inTenant(deps.sql, tenantId, async (tx) => {
    const { personId, passkeyId } = passkey;
    const [person] = await readPeople(tx, { personId });
    const at = new Date(deps.now());
    const isNew = await countUse(tx, passkeyId, { counter, at });
    if (!isNew || person === undefined || person.disabledAt !== null) throw refused();
    const entry = { tenantId, by: person.name, address: from.address, subject: personId };
    await recordAudit(tx, { ...entry, action: "sign in", after: { passkey: passkey.name } });
    return openSession(tx, deps, { tenantId, personId, isFull: true }, from);
  });
}

/** Proves afresh who is there: by one of the person's own keys, under another token. */
export async function proveByPasskey(
  deps: PeopleDeps,
  token: string,
  response: string,
  from: From,
): Promise<Opened> {
  const found = await findSession(deps, token);
  if (found === null) throw new LockstepError("UNAUTHENTICATED");
  const { session, person } = found;
  const guessed = `factor ${person.personId}`;
  await deps.attempts.count(guessed, from.address);
  const { tenantId, personId } = session;
  const proven = await provenBy(deps, { tenantId, personId, response });
  if (proven === null || proven.passkey.personId !== personId) throw refused();
  await deps.attempts.right(guessed, from.address);
  const { passkey, counter } = proven;
  return inTenant(deps.sql, tenantId, async (tx) => {
    const at = new Date(deps.now());
    if (!(await countUse(tx, passkey.passkeyId, { counter, at }))) throw refused();
    const entry = { tenantId, by: person.name, address: from.address, subject: personId };
    const action = session.isFull ? "prove identity" : "sign in";
    await recordAudit(tx, { ...entry, action, after: { passkey: passkey.name } });
    return raiseSession(tx, deps, session);
  });
}

type Given = {
  readonly tenantId: string;
  readonly personId: string | null;
  readonly response: string;
};

type Proven = { readonly tenantId: string; readonly passkey: Passkey; readonly counter: number };

async function provenBy(deps: PeopleDeps, given: Given): Promise<Proven | null> {
  const { rpId, origin } = hereOf(deps);
  const { personId, response: text } = given;
  const response = parsed<AuthenticationResponseJSON>(text);
  const purpose = personId === null ? ("sign-in" as const) : ("prove" as const);
  const asked = await usedUp(deps, given.tenantId, text, { purpose, personId });
  const known = asked === null ? null : await passkeyOf(deps, String(response.id));
  if (asked === null || known === null) return null;
  const { tenantId, passkey } = known;
  const { credentialId: id, publicKey, counter } = passkey;
  const proof = await verifyAuthenticationResponse({
    ...{ response, expectedChallenge: asked, expectedOrigin: origin, expectedRPID: rpId },
    credential: { id, publicKey: new Uint8Array(publicKey), counter },
    requireUserVerification: true,
  }).catch(() => null);
  if (!proof?.verified) return null;
  return { tenantId, passkey, counter: proof.authenticationInfo.newCounter };
}

async function passkeyOf(
  deps: PeopleDeps,
  credentialId: string,
): Promise<{ readonly tenantId: string; readonly passkey: Passkey } | null> {
  const [row] = await deps.sql<{ id: string | null }[]>`
    select passkey_tenant(${sha256(credentialId)}) as id`;
  const tenantId = row?.id ?? null;
  if (tenantId === null) return null;
  const [passkey] = await inTenant(deps.sql, tenantId, (tx) => readPasskeys(tx, { credentialId }));
  return passkey === undefined ? null : { tenantId, passkey };
}

type Drawn = {
  readonly purpose: "register" | "sign-in" | "prove";
  readonly personId: string | null;
};

/** The challenge that the answer is to, where it was drawn for this; it is used up whatever follows. */
async function usedUp(
  deps: PeopleDeps,
  tenantId: string,
  response: string,
  drawn: Drawn,
): Promise<string | null> {
  const challenge = challengeIn(response);
  if (challenge === null) return null;
  const isOurs = await inTenant(deps.sql, tenantId, (tx) =>
    useChallenge(tx, deps, { challenge, ...drawn }),
  );
  return isOurs ? challenge : null;
}

/** What the library judges: until then it is what somebody sent. */
function parsed<T>(text: string): T {
  try {
    return Object(JSON.parse(text)) as T;
  } catch {
    return {} as T;
  }
}
