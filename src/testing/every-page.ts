/** Every page of a portal by the routes it has, with what stands for the ids in their paths. */

import type { AppDeps } from "../app.ts";
import { tenantIdOf } from "../hub/enrol.ts";
import { invite } from "../identity/people/links.ts";
import { type Principal, ROLES, type Role } from "../identity/principal.ts";
import { SessionCookie } from "../portal/identity/cookie.ts";
import { addIdentity } from "../portal/identity/pages.ts";
import type { IdentityParts } from "../portal/identity/parts.ts";
import { TENANT } from "./harness.ts";
import { type TestPeople, testPeople } from "./people.ts";
import { somebody } from "./portal-app.ts";
import { openPortalWorld, type PortalWorld } from "./portal-world.ts";

export type WholePortal = PortalWorld & {
  readonly people: TestPeople;
  readonly admin: Principal;
  /** What a browser opens, links from e-mails among them. */
  readonly paths: readonly string[];
  lookAsRole(role: Role | null): void;
};

const NO_PAGE = /stream|\.json|\.csv|assets|\*|healthz|readyz|metrics/;

export const EVERYBODY: readonly (Role | null)[] = [null, ...ROLES];

/** The rooms, and the pages of people: signing in, keys, the audit. */
export async function openWholePortal(): Promise<WholePortal> {
  let people: TestPeople | null = null;
  const world = await openPortalWorld((stage) => {
    people = testPeople(stage.database);
    return identityPages(people);
  });
  if (people === null) throw new Error("the portal has no people");
  const made: TestPeople = people;
  const { principal: admin } = await made.admin(TENANT);
  const paths = await pathsOf(world, made, admin);
  return {
    ...world,
    ...{ people: made, admin, paths },
    lookAsRole(role) {
      if (role === null) return world.lookAs(null);
      const all = role === "admin" || role === "operator";
      const accounts = all ? ("all" as const) : new Set([world.ids.account]);
      const { tenantId } = world;
      world.lookAs(somebody(role, { tenantId, accounts, actor: admin.actor }));
    },
  };
}

function identityPages(people: TestPeople): NonNullable<AppDeps["pages"]> {
  const parts: IdentityParts = {
    people: () => people.deps,
    cookie: new SessionCookie(people.deps.baseUrl),
    tenantId: tenantIdOf(TENANT),
    fault: (error) => {
      throw error;
    },
  };
  return [(portal) => addIdentity(portal, parts)];
}

/** Every route that answers with a page, an invitation's among them. */
async function pathsOf(
  world: PortalWorld,
  people: TestPeople,
  admin: Principal,
): Promise<readonly string[]> {
  const { account, strategy, subscription } = world.ids;
  const token = await invite(people.deps, admin, { email: "new@x.example", roles: ["investor"] });
  const ids = [
    ["/accounts/", account],
    ["/strategies/", strategy],
    ["/subscriptions/", subscription],
    ["/people/", admin.actor.id],
  ] as const;
  const paths = [...world.portal.guard.policies.keys()]
    .filter((route) => route.startsWith("GET ") && !NO_PAGE.test(route))
    .map((route) => route.slice("GET ".length))
    .map((path) => {
      const id = ids.find(([prefix]) => path.startsWith(`${prefix}:`))?.[1] ?? token;
      return path.replace(/:\w+(\{[^}]*\})?/g, id);
    });
  return [...new Set([...paths, "/control?group=broker", "/search?q=follower"])];
}
