/** People over a ledger: the services' needs, how mail is sent, and who may look without signing in. */
import { randomBytes, randomUUID } from "node:crypto";
import { createTransport } from "nodemailer";
import type { Settings } from "./config.ts";
import { ATTEMPT_LIMITS, Attempts } from "./identity/people/attempts.ts";
import type { Mail, PeopleDeps } from "./identity/people/deps.ts";
import { hasAdmin, setupToken } from "./identity/people/links.ts";
import { HASH_COST } from "./identity/people/secrets.ts";
import type { Authenticate } from "./identity/policy.ts";
import { systemClock } from "./platform/clock.ts";
import { openSealer } from "./platform/key-ring.ts";
import type { Sql } from "./platform/postgres.ts";

type Fault = (error: unknown, doing: string) => void;

/** `url`: where the portal listens. */
export async function openPeople(
  { config, secrets }: Settings,
  { sql, url, fault }: { readonly sql: Sql; readonly url: string; readonly fault: Fault },
): Promise<PeopleDeps> {
  const { smtpUrl } = secrets;
  const from = config.mailFrom ?? "";
  return {
    sql,
    sealer: await openSealer(config.dataDir),
    attempts: new Attempts(ATTEMPT_LIMITS),
    hashCost: HASH_COST,
    now: () => systemClock.now(),
    random: randomBytes,
    newId: () => randomUUID(),
    mail: smtpUrl === null ? null : mailer({ smtpUrl, from, fault }),
    baseUrl: config.baseUrl ?? new URL(url).origin,
    signUp: config.signUp,
  };
}

const MAIL_MS_MAX = 20_000;

/** Hands a message over and does not wait: how long a mail server takes is nobody's business. */
function mailer({ smtpUrl, from, fault }: MailerParts): (mail: Mail) => Promise<void> {
  const transport = createTransport(smtpUrl, { from });
  const limits = { connectionTimeout: MAIL_MS_MAX, socketTimeout: MAIL_MS_MAX };
  Object.assign(transport.options, limits);
  return async (mail) => {
    transport.sendMail(mail).catch((error: unknown) => fault(error, "sending a mail"));
  };
}

type MailerParts = {
  readonly smtpUrl: string;
  readonly from: string;
  readonly fault: Fault;
};

/** What a start says where nobody has set the hub up yet; null where somebody has. */
export async function setupWords(people: PeopleDeps, tenantId: string): Promise<string | null> {
  const token = await setupToken(people, tenantId);
  if (token === null) return null;
  return `Nobody has set this hub up yet. Make yourself its admin: ${people.baseUrl}/setup/${token}`;
}

const LOOK_MS = 2_000;

/** A visitor of the demo is let in for as long as nobody has set the hub up. */
export function untilSetUp(
  visitor: Authenticate,
  people: () => PeopleDeps | null,
  tenantId: string,
): Authenticate {
  let isSetUp = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return async (context) => {
    const deps = people();
    if (!isSetUp && deps !== null && deps.now() - lookedAt >= LOOK_MS) {
      lookedAt = deps.now();
      isSetUp = await hasAdmin(deps, tenantId);
    }
    return isSetUp ? null : visitor(context);
  };
}
