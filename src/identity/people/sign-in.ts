/**
 * Signing in: e-mail and password, then the second factor where the person has one.
 * Invariants: an address that nobody has takes as long and is answered as one with a wrong password;
 * a code of the minute and a recovery code count once; half a sign-in opens nothing.
 */
import { LockstepError } from "../../domain/errors.ts";
import { inTenant, type Queries } from "../../platform/postgres.ts";
import { recordAudit } from "../audit/record.ts";
import type { From, PeopleDeps } from "./deps.ts";
import { hashPassword, isOutdated, isPassword, plainCode, sha256, totpStep } from "./secrets.ts";
import { findSession, type Opened, openSession, raiseSession } from "./sessions.ts";
import { type PersonSecrets, readPeople, tenantsOfEmail } from "./store.ts";

export const emailOf = (text: string): string => text.trim().toLowerCase();

const refused = (): LockstepError => new LockstepError("UNAUTHENTICATED", { expected: WRONG });
const WRONG = "an e-mail address and its password";

/** The session is full, unless a second factor is to follow. UNAUTHENTICATED, LIMIT_REACHED. */
export async function signIn(
  deps: PeopleDeps,
  { email: text, password }: { readonly email: string; readonly password: string },
  from: From,
): Promise<Opened> {
  const email = emailOf(text);
  await deps.attempts.count(`password ${email}`, from.address);
  const found = await personWith(deps, email, password);
  if (found === null) throw refused();
  await deps.attempts.right(`password ${email}`, from.address);
  const { tenantId, person } = found;
  const rehashed = await rehashedOf(deps, person, password);
  return inTenant(deps.sql, tenantId, async (tx) => {
    if (rehashed !== null) {
      // Unless another one was set since it was read.
      await tx`update people set password = ${rehashed}
        where person_id = ${person.personId} and password = ${person.password}`;
    }
    const of = { tenantId, personId: person.personId, isFull: !person.hasTotp };
    const opened = await openSession(tx, deps, of, from);
    const action = person.hasTotp ? "give password" : "sign in";
    await told(tx, { tenantId, person, from, action });
    return opened;
  });
}

/** The only moment at which a password is there to be hashed for what it costs to guess today. */
async function rehashedOf(
  { hashCost }: PeopleDeps,
  { password: hashed }: PersonSecrets,
  password: string,
): Promise<string | null> {
  if (hashed === null || !isOutdated(hashed, hashCost)) return null;
  return hashPassword(password, hashCost);
}

type Known = { readonly tenantId: string; readonly person: PersonSecrets };

/** Every hash that could be meant is tried, and one where there is none. */
async function personWith(deps: PeopleDeps, email: string, password: string) {
  const known: Known[] = [];
  for (const tenantId of await tenantsOfEmail(deps.sql, email)) {
    const [person] = await inTenant(deps.sql, tenantId, (tx) => readPeople(tx, { email }));
    if (person !== undefined) known.push({ tenantId, person });
  }
  let found: Known | null = null;
  for (const one of known) {
    const isRight = await isPassword(password, one.person.password, deps.hashCost);
    if (isRight && one.person.disabledAt === null) found ??= one;
  }
  if (known.length === 0) await isPassword(password, null, deps.hashCost);
  return found;
}

/** A code of the minute or a recovery code makes the session full, under another token. */
export async function giveSecondFactor(
  deps: PeopleDeps,
  token: string,
  code: string,
  from: From,
): Promise<Opened> {
  return prove(deps, token, from, (tx, person) => isSecondFactor(tx, deps, person, code));
}

/** Proves afresh who is there, for what is dangerous: by the code where there is one. */
export async function stepUp(
  deps: PeopleDeps,
  token: string,
  { password, code }: { readonly password?: string; readonly code?: string },
  from: From,
): Promise<Opened> {
  return prove(deps, token, from, (tx, person) =>
    person.hasTotp
      ? isSecondFactor(tx, deps, person, code ?? "")
      : isPassword(password ?? "", person.password, deps.hashCost),
  );
}

type Proof = (tx: Queries, person: PersonSecrets) => Promise<boolean>;

async function prove(deps: PeopleDeps, token: string, from: From, proof: Proof): Promise<Opened> {
  const found = await findSession(deps, token);
  if (found === null) throw new LockstepError("UNAUTHENTICATED");
  const { session, person: known } = found;
  const guessed = `factor ${known.personId}`;
  await deps.attempts.count(guessed, from.address);
  const opened = await inTenant(deps.sql, session.tenantId, async (tx) => {
    const [person] = await readPeople(tx, { personId: known.personId });
    if (person === undefined || !(await proof(tx, person))) return null;
    const action = session.isFull ? "prove identity" : "sign in";
    await told(tx, { tenantId: session.tenantId, person, from, action });
    return raiseSession(tx, deps, session);
  });
  if (opened === null) {
    throw new LockstepError("UNAUTHENTICATED", {
      expected: "a code that is right and was not used",
    });
  }
  await deps.attempts.right(guessed, from.address);
  return opened;
}

/** Uses the code up: of two that give it at once one is refused. */
export async function isSecondFactor(
  tx: Queries,
  deps: PeopleDeps,
  person: PersonSecrets,
  code: string,
): Promise<boolean> {
  const { personId, totpSeed } = person;
  const at = new Date(deps.now());
  if (/^\s*\d{3}\s?\d{3}\s*$/.test(code) && totpSeed !== null) {
    const seed = deps.sealer.open(totpSeed, seedBelongsTo(personId)).toString();
    const clock = { now: deps.now(), after: person.totpStep };
    const step = await totpStep(seed, code.replace(/\s/g, ""), clock);
    if (step === null) return false;
    const used = await tx`update people set totp_step = ${step} where person_id = ${personId}
      and (totp_step is null or totp_step < ${step}) returning 1`;
    return used.length === 1;
  }
  const used = await tx`update recovery_codes set used_at = ${at} where person_id = ${personId}
    and code_sha256 = ${sha256(plainCode(code))} and used_at is null returning 1`;
  return used.length === 1;
}

export const seedBelongsTo = (personId: string): readonly string[] => ["people", "totp", personId];

type Told = Known & { readonly from: From; readonly action: string };

async function told(tx: Queries, { tenantId, person, from, action }: Told): Promise<void> {
  const { name: by, personId: subject } = person;
  await recordAudit(tx, { tenantId, by, address: from.address, action, subject });
}
