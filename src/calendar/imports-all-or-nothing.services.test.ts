import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enrol, tenantIdOf } from "../hub/enrol.ts";
import { runCli } from "../testing/cli.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { type CalendarStore, postgresCalendarStore } from "./store.ts";

let database: TestDatabase;
let store: CalendarStore;
let dir = "";
const OURS = tenantIdOf("ours");

beforeAll(async () => {
  database = await testDatabase();
  store = postgresCalendarStore(database.sql);
  dir = await mkdtemp(join(tmpdir(), "lockstep-calendar-"));
  await addTenant("ours");
});
afterAll(async () => {
  await database.drop();
  await rm(dir, { recursive: true, force: true });
});

function addTenant(tenant: string): Promise<void> {
  const nothing = { brokers: [], accounts: [], strategies: [], subscriptions: [] };
  return enrol(database.sql, { tenant, ...nothing, at: Date.now(), by: "test" });
}

const HEAD = "time,currency,impact,title\n";
async function run(name: string, text: string, ...options: readonly string[]) {
  const file = join(dir, name);
  await writeFile(file, text);
  return runCli(["calendar", "import", file, ...options], { DATABASE_URL: database.url });
}
const titles = async (tenantId = OURS): Promise<string[]> =>
  (await store.load(tenantId, Date.parse("2025-03-01Z"))).map(({ title }) => title);

test("imports, does nothing for the same again, and replaces the same source", async () => {
  const first = await run("week.csv", `${HEAD}2025-03-07T13:30Z,USD,high,NFP\n`);
  expect(first).toMatchObject({ exit: 0, err: "" });
  expect(first.out).toContain("imported week, import 1: 1 events from 2025-03-07T13:30:00.000Z");
  const again = await run("week.csv", `${HEAD}2025-03-07T13:30Z,USD,high,NFP\n`, "--json");
  expect(JSON.parse(again.out)).toMatchObject({ source: "week", number: 1, isNew: false });
  await run("other.csv", `${HEAD}2025-03-09T13:30Z,EUR,low,Sentix\n`);
  await run("week.csv", `${HEAD}2025-03-08T13:30Z,USD,high,CPI\n2025-02-01T00:00Z,USD,low,Old\n`);
  expect(await titles()).toEqual(["CPI", "Sentix"]);
});

test("an ICS file of the same source takes the place of a CSV one", async () => {
  const ics = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART:20250310T180000", "SUMMARY:FOMC"];
  const text = [...ics, "END:VEVENT", "END:VCALENDAR"].join("\r\n");
  const defaults = ["--time-zone", "America/New_York", "--currency", "usd", "--impact", "high"];
  const { exit, err } = await run("fed.ics", text, "--source", "week", ...defaults);
  expect([exit, err]).toEqual([0, ""]);
  expect(await titles()).toEqual(["Sentix", "FOMC"]);
});

test("a file with one bad row is not imported at all, and ends with 65", async () => {
  const before = await titles();
  const rows = `${HEAD}2025-03-11T13:30Z,USD,high,Good\n2025-03-11T13:30Z,USD,red,Bad\n`;
  const { exit, out, err } = await run("week.csv", rows);
  expect([exit, out]).toEqual([65, ""]);
  expect(err).toMatch(/week\.csv:3: the impact is unknown: found "red", expected high, medium/);
  expect(await titles()).toEqual(before);
});

test.each([
  [["calendar"], 64],
  [["calendar", "import"], 64],
  [["calendar", "import", "x.csv", "--time-zone", "Mars/Olympus"], 64],
  [["calendar", "import", "x.csv", "--impact", "red"], 64],
  [["calendar", "import", "/no/such/file.csv"], 65],
  [["calendar", "import", "--help"], 0],
])("%j ends with %i", async (args, exit) => {
  expect((await runCli(args, { DATABASE_URL: database.url })).exit).toBe(exit);
});

test("a tenant's calendar is its own, and where there are several one is named", async () => {
  await addTenant("theirs");
  const rows = `${HEAD}2025-03-12T13:30Z,USD,high,Theirs\n`;
  const unclear = await run("week.csv", rows);
  expect(unclear.exit).toBe(1);
  expect(unclear.err).toContain("--tenant with one of: ours, theirs");
  expect((await run("week.csv", rows, "--tenant", "theirs")).exit).toBe(0);
  expect(await titles(tenantIdOf("theirs"))).toEqual(["Theirs"]);
  expect(await titles()).not.toContain("Theirs");
});
