/**
 * Another address of somebody's, or the first one proven: a link is sent there, and following it makes
 * it theirs.
 * Invariants: until then the one before counts; who asks does not learn whether somebody has it; who
 * has had the old one is told.
 */
import { LockstepError } from "../../domain/errors.ts";
import { inTenant } from "../../platform/postgres.ts";
import { recordAudit } from "../audit/record.ts";
import type { Principal } from "../principal.ts";
import type { From, PeopleDeps } from "./deps.ts";
import { findLink, makeLink, useUp } from "./links.ts";
import { readPeople } from "./store.ts";

/** Without mail nothing can be proven: BAD_INPUT. `email` is one that checkedEmail has returned. */
export async function requestEmail(deps: PeopleDeps, by: Principal, email: string): Promise<void> {
  const { mail } = deps;
  if (mail === null) {
    throw new LockstepError("BAD_INPUT", { field: "email", expected: "a hub that sends mail" });
  }
  const { tenantId, actor, address } = by;
  const token = await inTenant(deps.sql, tenantId, async (tx) => {
    const [known] = await readPeople(tx, { email });
    const entry = { tenantId, by: actor.name, address, action: "ask to verify address" };
    await recordAudit(tx, { ...entry, subject: actor.id, after: { email } });
    if (known !== undefined && known.personId !== actor.id) return null;
    const link = { tenantId, kind: "verify" as const, email, roles: [], personId: actor.id };
    return makeLink(tx, deps, { ...link, by: actor.name });
  });
  const text =
    token === null
      ? "Somebody wants to use this address at Lockstep, and you have an account with it already."
      : `Verify this address: ${deps.baseUrl}/verify/${token}\nThe link works once, for a day.`;
  await mail({ to: email, subject: "Your address at Lockstep", text });
}

/** NOT_FOUND for a link that is none, or an address that has become somebody else's meanwhile. */
export async function verifyEmail(deps: PeopleDeps, token: string, from: From): Promise<void> {
  const link = await findLink(deps, token, "verify");
  const { tenantId, email, personId } = link;
  const before = await inTenant(deps.sql, tenantId, async (tx) => {
    await useUp(tx, deps, link);
    const [person] = personId === null ? [] : await readPeople(tx, { personId });
    const [other] = await readPeople(tx, { email: email ?? "" });
    const isTaken = other !== undefined && other.personId !== personId;
    if (person === undefined || person.disabledAt !== null || isTaken) {
      throw new LockstepError("NOT_FOUND", { expected: "a link that still counts" });
    }
    await tx`update people set email = ${email}, email_verified_at = ${new Date(deps.now())}
      where person_id = ${personId}`;
    // What was sent to the address before is theirs no more.
    await tx`update links set used_at = ${new Date(deps.now())}
      where email = ${person.email} and kind = 'reset' and used_at is null`;
    const entry = { tenantId, by: person.name, address: from.address, action: "verify address" };
    const change = { before: { email: person.email }, after: { email } };
    await recordAudit(tx, { ...entry, subject: person.personId, ...change });
    return person.email;
  });
  if (before === email) return;
  const text = `Your account at Lockstep is ${email}'s from now on. Was it not you? Tell an admin.`;
  await deps.mail?.({ to: before, subject: "Your address at Lockstep has changed", text });
}
