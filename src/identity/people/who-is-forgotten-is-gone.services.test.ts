import { afterAll, beforeAll, expect, test } from "vitest";
import { tenantIdOf } from "../../hub/enrol.ts";
import { type TestDatabase, testDatabase } from "../../testing/database.ts";
import { HERE, PASSWORD, testPeople } from "../../testing/people.ts";
import { dumpDatabase } from "../../testing/secret-traces.ts";
import { createKey, principalOfKey } from "../keys/service.ts";
import { invite, join } from "./links.ts";
import { forget, knownOf } from "./privacy.ts";
import { findSession } from "./sessions.ts";
import { signIn } from "./sign-in.ts";

const EMAIL = "eve@forgettable.example";
const ADDRESS = "198.51.100.77";
const AGENT = "Eve's own browser";
let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test("what is known is told without secrets; who is forgotten is in no table but the audit", async () => {
  const people = testPeople(database);
  const { deps } = people;
  const tenantId = tenantIdOf("privacy");
  const { principal: admin } = await people.admin("privacy");
  const url = await invite(deps, admin, { email: EMAIL, roles: ["subscriber"] });
  const link = { token: url.split("/").at(-1) ?? "", kind: "invitation" as const };
  const joining = { name: "Eve Forgettable", password: PASSWORD };
  const opened = await join(deps, link, joining, { address: ADDRESS, agent: AGENT });
  const eve = await people.principal(opened);
  const wanted = { name: "of hers", mode: "live" as const, scopes: ["accounts:read"] as const };
  const { secret } = await createKey(deps, eve, wanted);
  const whose = { tenantId, personId: eve.actor.id };

  const told = JSON.stringify(await knownOf(deps, whose));
  for (const words of [EMAIL, "Eve Forgettable", ADDRESS, "own browser", "of hers", "join"]) {
    expect(told).toContain(words);
  }
  expect(told).not.toMatch(/argon2|sha256|"password"|totpSeed/);

  await forget(deps, whose, "an admin");
  const rows = (await dumpDatabase(database.admin)).split("\n");
  const audit = rows.indexOf("public.audit");
  const end = rows.findIndex((line, place) => place > audit && /^\w+\.\w+$/.test(line));
  const rest = [...rows.slice(0, audit), ...(end < 0 ? [] : rows.slice(end))].join("\n");
  expect(rest).toContain("somebody forgotten");
  for (const words of [EMAIL, "Eve Forgettable", ADDRESS, "own browser"]) {
    expect(rest).not.toContain(words);
  }
  expect(await findSession(deps, opened.token)).toBeNull();
  const refused = { code: "UNAUTHENTICATED" };
  await expect(signIn(deps, { email: EMAIL, password: PASSWORD }, HERE)).rejects.toMatchObject(
    refused,
  );
  await expect(principalOfKey(deps, secret, null)).rejects.toMatchObject(refused);
});

test("the last admin is not forgotten", async () => {
  const people = testPeople(database);
  const { principal } = await people.admin("privacy-admin");
  const whose = { tenantId: tenantIdOf("privacy-admin"), personId: principal.actor.id };
  await expect(forget(people.deps, whose, "test")).rejects.toMatchObject({ code: "BAD_INPUT" });
});
