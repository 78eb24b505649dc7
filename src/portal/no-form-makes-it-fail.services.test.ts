/** Every form and every page, given what nobody would type: it is refused in words, or done. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tenantIdOf } from "../hub/enrol.ts";
import type { Principal } from "../identity/principal.ts";
import { packageRoot } from "../platform/package-root.ts";
import { integerBetween, type Random, seededRandom } from "../platform/random.ts";
import { TENANT } from "../testing/harness.ts";
import { testPeople } from "../testing/people.ts";
import { somebody } from "../testing/portal-app.ts";
import { openPortalWorld, type PortalWorld } from "../testing/portal-world.ts";
import { isPlainText } from "./fields.ts";
import { SessionCookie } from "./identity/cookie.ts";
import { addIdentity } from "./identity/pages.ts";

const SEED = Math.floor(Math.random() * 2 ** 32);
const ROUNDS = 6;
const BASE_URL = "http://localhost";

/** As a body carries them. */
const HOSTILE = [
  ...[
    "",
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF",
    "%",
    "__proto__",
    "constructor",
    "1e309",
    "-0",
    "NaN",
  ],
  ...["=1%2B1", "%40SUM(A1)", "%E2%80%AEx", "'", "';--", "..%2F..", "%0d%0aSet-Cookie:x=1", "{}"],
  ...["[]", "0", "-1", "1", "yes", "99999999999999999999", "2026-02-30", "a".repeat(5_000)],
  ...["00000000-0000-4000-8000-000000000009", "%3Cscript%3Ealert(1)%3C/script%3E"],
];

let portal: PortalWorld;
let admin: Principal;
let names: string[];

beforeAll(async () => {
  portal = await openPortalWorld((stage) => {
    const people = testPeople(stage.database);
    const parts = {
      people: () => people.deps,
      cookie: new SessionCookie(BASE_URL),
      tenantId: tenantIdOf(TENANT),
      fault: () => {},
    };
    return [(one) => addIdentity(one, parts)];
  });
  admin = somebody("admin", {
    tenantId: portal.tenantId,
    actor: { kind: "person", id: "00000000-0000-4000-8000-000000000001", name: "Ada" },
  });
  portal.lookAs(admin);
  names = fieldNames();
});
afterAll(() => portal.close());

/** Every field that any template has. */
function fieldNames(): string[] {
  const folder = join(packageRoot(), "templates");
  const text = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".hbs"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("");
  return [...new Set([...text.matchAll(/\bname="([\w.-]+)"/g)].map(([, name = ""]) => name))];
}

const pick = <T>(random: Random, list: readonly T[]): T =>
  list[integerBetween(random, 0, list.length - 1)] as T;

const addressOf = (path: string, random: Random): string =>
  path.replace(/:\w+/g, () =>
    pick(random, [...Object.values(portal.ids), "x", "%00", "%27", "__proto__", "1e309", "%FF"]),
  );

function bodyOf(random: Random): string {
  const twice = random.next() < 0.1 ? [...names, ...names] : names;
  // What is broken is refused at the door: most bodies get further.
  const values = random.next() < 0.1 ? HOSTILE : HOSTILE.filter(isPlainText);
  return twice
    .filter(() => random.next() < 0.8)
    .map((name) => `${name}=${pick(random, values)}`)
    .join("&");
}

async function refusalsOf(method: string, path: string, body?: string): Promise<number> {
  const type = "application/x-www-form-urlencoded";
  const headers = { origin: BASE_URL, "content-type": type };
  const given = body === undefined ? {} : { body, headers };
  const response = await portal.portal.app.request(`${BASE_URL}${path}`, { method, ...given });
  if (response.status >= 500 && response.status !== 503) {
    const fault = portal.faults.at(-1) ?? (await response.text());
    portal.faults.length = 0;
    expect.fail(`seed ${SEED}: ${method} ${path} ${body}: ${fault}`);
  }
  await response.body?.cancel();
  return response.status;
}

test(`no form and no address makes it fail (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const routes = [...portal.portal.guard.policies.keys()].map((route) => route.split(" "));
  const seen = new Map<number, number>();
  expect(routes.length).toBeGreaterThan(40);
  expect(names.length).toBeGreaterThan(20);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [method = "", path = ""] of routes) {
      const address = addressOf(path, random);
      const query = method === "GET" && !path.endsWith("stream") ? `?${bodyOf(random)}` : "";
      const isForm = method === "POST";
      const body = isForm ? bodyOf(random) : undefined;
      const status = await refusalsOf(method, `${address}${query}`, body);
      seen.set(status, (seen.get(status) ?? 0) + 1);
    }
  }
  for (const status of [200, 303, 400, 404]) {
    expect(seen.get(status) ?? 0, String(status)).toBeGreaterThan(0);
  }
  expect(portal.faults).toEqual([]);
});

test.each(HOSTILE)("with %j in every field each form is refused, or done", async (value) => {
  const forms = [...portal.portal.guard.policies.keys()].filter((route) =>
    route.startsWith("POST"),
  );
  for (const route of forms) {
    const path = (route.split(" ")[1] ?? "").replace(/:\w+/g, portal.ids.subscription);
    await refusalsOf("POST", path, names.map((name) => `${name}=${value}`).join("&"));
  }
  expect(portal.faults).toEqual([]);
});

test("a form of more than it may have is refused, whatever length it says, and so is no form", async () => {
  const ask = async (body: string | ReadableStream<Uint8Array>, type?: string): Promise<number> =>
    (
      await portal.portal.app.request(`${BASE_URL}/preferences`, {
        method: "POST",
        body,
        headers: { origin: BASE_URL, ...(type === undefined ? {} : { "content-type": type }) },
        duplex: "half",
      } as RequestInit)
    ).status;
  const form = "application/x-www-form-urlencoded";
  const endless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({ pull: (sink) => sink.enqueue(Buffer.alloc(65_536, "a")) });
  expect(await ask(`a=${"a".repeat(300_000)}`, form)).toBe(400);
  expect(await ask(endless(), form)).toBe(400);
  expect(await ask("a=1&".repeat(6_000), form)).toBe(400);
  expect(await ask("theme=dark&theme=light", form)).toBe(400);
  expect(await ask('{"theme":"dark"}', "application/json")).toBe(400);
  expect(await ask("theme=dark", form)).toBe(303);
});
