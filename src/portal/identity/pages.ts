/** The pages of identity: coming in, one's own security, keys, people, the audit. */
import type { Portal } from "../portal.ts";
import { addAudit } from "./audit.ts";
import { addJoin } from "./join.ts";
import { addKeys } from "./keys.ts";
import type { IdentityParts } from "./parts.ts";
import { addPasskeys } from "./passkeys.ts";
import { addPeople } from "./people.ts";
import { addSecurity } from "./security.ts";
import { addSignIn } from "./sign-in.ts";

export function addIdentity(portal: Portal, parts: IdentityParts): void {
  const all = [addSignIn, addPasskeys, addJoin, addSecurity, addKeys, addPeople, addAudit];
  for (const add of all) add(portal, parts);
}
