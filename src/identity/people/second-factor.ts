/**
 * Setting up one-time codes: a seed that counts only once a first code was right, and ten recovery
 * codes, shown once.
 */
import { LockstepError } from "../../domain/errors.ts";
import { inTenant, type Queries } from "../../platform/postgres.ts";
import { recordAudit } from "../audit/record.ts";
import type { Principal } from "../principal.ts";
import type { PeopleDeps } from "./deps.ts";
import { newRecoveryCodes, newTotpSeed, plainCode, sha256, totpStep, totpUri } from "./secrets.ts";
import { endAllSessions } from "./sessions.ts";
import { seedBelongsTo } from "./sign-in.ts";
import { type PersonSecrets, readPeople } from "./store.ts";

/** A new seed, for an app to scan or to be typed in; the one before holds until it is confirmed. */
export async function beginTotp(
  deps: PeopleDeps,
  by: Principal,
): Promise<{ readonly seed: string; readonly uri: string }> {
  const seed = newTotpSeed();
  const sealed = deps.sealer.seal(Buffer.from(seed), seedBelongsTo(by.actor.id));
  const email = await inTenant(deps.sql, by.tenantId, async (tx) => {
    const person = await personOf(tx, by);
    if (person.hasTotp) {
      throw new LockstepError("BAD_INPUT", {
        field: "second factor",
        expected: "to be switched off before another is set up",
      });
    }
    await tx`update people set totp_seed = ${sealed}, totp_step = null
      where person_id = ${person.personId}`;
    return person.email;
  });
  return { seed, uri: totpUri(email, seed) };
}

/** The recovery codes. BAD_INPUT for a code that is not right now. */
export async function confirmTotp(
  deps: PeopleDeps,
  by: Principal,
  code: string,
): Promise<readonly string[]> {
  return inTenant(deps.sql, by.tenantId, async (tx) => {
    const { personId, totpSeed, hasTotp } = await personOf(tx, by);
    const seed =
      totpSeed === null || hasTotp
        ? null
        : deps.sealer.open(totpSeed, seedBelongsTo(personId)).toString();
    const clock = { now: deps.now(), after: null };
    const step = seed === null ? null : await totpStep(seed, code.replace(/\s/g, ""), clock);
    if (step === null) {
      const expected = "the six digits that the app shows now";
      throw new LockstepError("BAD_INPUT", { field: "code", expected });
    }
    await tx`update people set totp_confirmed_at = ${new Date(deps.now())}, totp_step = ${step}
      where person_id = ${personId}`;
    await audited(tx, by, "switch second factor on");
    return replaceCodes(tx, deps, by);
  });
}

/** Asks for a fresh factor: that is the route's policy to see to. */
export async function endTotp(deps: PeopleDeps, by: Principal): Promise<void> {
  await inTenant(deps.sql, by.tenantId, async (tx) => {
    const { personId } = await personOf(tx, by);
    await tx`update people set totp_seed = null, totp_confirmed_at = null, totp_step = null
      where person_id = ${personId}`;
    await tx`delete from recovery_codes where person_id = ${personId}`;
    await audited(tx, by, "switch second factor off");
  });
}

/**
 * For somebody who has lost their app and every recovery code: by an admin, or at the command line.
 * Their passkeys and sessions end with it, since whoever asks may not be they. NOT_FOUND for nobody.
 */
export async function endTotpOf(
  { sql, now }: PeopleDeps,
  { tenantId, personId }: { readonly tenantId: string; readonly personId: string },
  { by, address }: { readonly by: string; readonly address: string | null },
): Promise<void> {
  await inTenant(sql, tenantId, async (tx) => {
    const people = await readPeople(tx);
    if (!people.some((one) => one.personId === personId)) {
      throw new LockstepError("NOT_FOUND", { personId, expected: "a person" });
    }
    await tx`update people set totp_seed = null, totp_confirmed_at = null, totp_step = null
      where person_id = ${personId}`;
    await tx`delete from recovery_codes where person_id = ${personId}`;
    await tx`delete from passkeys where person_id = ${personId}`;
    await endAllSessions(tx, personId, new Date(now()));
    const action = "take second factor off";
    await recordAudit(tx, { tenantId, by, address, action, subject: personId });
  });
}

async function replaceCodes(tx: Queries, deps: PeopleDeps, by: Principal): Promise<string[]> {
  const codes = newRecoveryCodes(deps.random);
  await tx`delete from recovery_codes where person_id = ${by.actor.id}`;
  for (const code of codes) {
    await tx`insert into recovery_codes (tenant_id, person_id, code_sha256)
      values (${by.tenantId}, ${by.actor.id}, ${sha256(plainCode(code))})`;
  }
  return codes;
}

async function personOf(tx: Queries, { actor }: Principal): Promise<PersonSecrets> {
  const [person] = actor.kind === "person" ? await readPeople(tx, { personId: actor.id }) : [];
  if (person === undefined) throw new LockstepError("FORBIDDEN", { expected: "a person" });
  return person;
}

async function audited(tx: Queries, { tenantId, actor, address }: Principal, action: string) {
  await recordAudit(tx, { tenantId, by: actor.name, address, action, subject: actor.id });
}
