/** People in a test: a tenant, cheap hashes, a clock and a mailbox that the test holds. */
import { randomBytes, randomUUID } from "node:crypto";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import { ATTEMPT_LIMITS, type AttemptLimits, Attempts } from "../identity/people/attempts.ts";
import type { From, Mail, PeopleDeps } from "../identity/people/deps.ts";
import { join, setupToken } from "../identity/people/links.ts";
import { type Opened, principalOfSession } from "../identity/people/sessions.ts";
import type { Principal } from "../identity/principal.ts";
import { sealer } from "../platform/sealed.ts";
import type { TestDatabase } from "./database.ts";

export const HERE: From = { address: "192.0.2.7", agent: "a test" };
export const PASSWORD = "correct horse battery";
const BEGAN_AT = Date.parse("2026-03-01T12:00:00Z");

export type TestPeople = {
  readonly deps: PeopleDeps;
  readonly mails: Mail[];
  readonly clock: { at: number };
  /** Enters a tenant and gives its first admin. */
  admin(tenant: string): Promise<{ readonly opened: Opened; readonly principal: Principal }>;
  principal(opened: Opened): Promise<Principal>;
};

export function testPeople(
  { sql }: TestDatabase,
  options: { readonly limits?: Partial<AttemptLimits>; readonly mail?: false } = {},
): TestPeople {
  const mails: Mail[] = [];
  const clock = { at: BEGAN_AT };
  const deps: PeopleDeps = {
    sql,
    sealer: sealer(Buffer.alloc(32, 7)),
    attempts: new Attempts({ ...ATTEMPT_LIMITS, perAccount: 50, ...options.limits }),
    hashCost: { memoryCost: 1_024, timeCost: 1 },
    now: () => clock.at,
    random: randomBytes,
    newId: () => randomUUID(),
    mail: options.mail === false ? null : async (mail) => void mails.push(mail),
    baseUrl: "https://hub.example",
    signUp: "invitation",
  };
  const principal = async ({ token }: Opened): Promise<Principal> => {
    const found = await principalOfSession(deps, token, HERE.address);
    if (found === null) throw new Error("the session opens nothing");
    return found;
  };
  return {
    deps,
    mails,
    clock,
    principal,
    async admin(tenant) {
      const nothing = { brokers: [], accounts: [], strategies: [], subscriptions: [] };
      await enrol(sql, { tenant, ...nothing, at: BEGAN_AT, by: "test" });
      const token = (await setupToken(deps, tenantIdOf(tenant))) ?? "";
      const joining = { name: `Admin of ${tenant}`, password: PASSWORD, email: adminOf(tenant) };
      const opened = await join(deps, { token, kind: "setup" }, joining, HERE);
      return { opened, principal: await principal(opened) };
    },
  };
}

export const adminOf = (tenant: string): string => `admin@${tenant}.example`;
