/**
 * The doctor's checks, in the order in which one depends on the other; what depends on a fault is
 * not looked at. Invariant: looking makes no cluster, migrates no ledger and writes no row of it. (A
 * cluster that is there and does not run is started for the visit and stopped again, and the
 * queue's own schema is made where it is missing.)
 */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import type { Settings } from "../config.ts";
import { isLockstepError } from "../domain/errors.ts";
import { systemClock } from "../platform/clock.ts";
import { openDatabase } from "../platform/database.ts";
import { reachable } from "../platform/database-down.ts";
import { embeddedState } from "../platform/embedded-postgres.ts";
import { migrationStatus } from "../platform/migrate.ts";
import { openDoorbells } from "../platform/open-doorbells.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";
import { tell } from "./tell.ts";

export type Check = {
  readonly name: string;
  readonly state: "ok" | "fault";
  readonly found: string;
  /** What to do; null where nothing is to be done. */
  readonly help: string | null;
};

const SKEW_MS_MAX = 1_000;

/** What was found, or, thrown, what is wrong. */
type Look = () => Promise<string>;

export async function examine(io: CliIo): Promise<readonly Check[]> {
  const settings: Settings[] = [];
  const config = await check("configuration", "set the variables named above", async () => {
    settings.push(settingsOf(io));
    return "every variable can be read";
  });
  const [read] = settings;
  return read === undefined ? [config] : [config, ...(await examineSettings(read))];
}

async function examineSettings(settings: Settings): Promise<readonly Check[]> {
  const { dataDir } = settings.config;
  const embedded = settings.config.database === "embedded";
  const folder = await check("data directory", "make it writable or set LOCKSTEP_DATA_DIR", () =>
    lookAtFolder(dataDir),
  );
  if (folder.state === "fault") return [folder];
  if (embedded && !(await embeddedState(dataDir)).initialised) {
    const found = "none yet, the first `lockstep start` makes it";
    return [folder, { name: "database", state: "ok", found, help: null }];
  }
  const urls: string[] = [];
  const closers: (() => Promise<void>)[] = [];
  const database = await check("database", "start it, or correct DATABASE_URL", async () => {
    const opened = await openDatabase(settings);
    closers.push(opened.close);
    const found = await lookAtDatabase(opened.url);
    urls.push(opened.url);
    return found;
  });
  try {
    const [url] = urls;
    const rest = url === undefined ? [] : await examineDatabase(url, settings);
    return [folder, database, ...rest];
  } finally {
    for (const close of closers) await close();
  }
}

async function examineDatabase(url: string, settings: Settings): Promise<readonly Check[]> {
  const schema = await check("schema", "run `lockstep migrate`", () => lookAtSchema(url));
  const role = await check("role", "run `lockstep migrate` as the database's owner", () =>
    lookAtRole(url),
  );
  const queueHelp =
    settings.config.queue === "redis"
      ? "start Redis, or correct REDIS_URL"
      : "let the owner of DATABASE_URL create the schema bullmq";
  const queue = await check("queue", queueHelp, () => lookAtQueue(url, settings));
  const clock = await check("clock", "set the clocks of host and database by NTP", () =>
    lookAtClock(url),
  );
  return [schema, role, queue, clock];
}

async function check(name: string, help: string, look: Look): Promise<Check> {
  try {
    return { name, state: "ok", found: await look(), help: null };
  } catch (error) {
    const found =
      error instanceof Fault
        ? error.message
        : tell(error)
            .map((line) => line.trim())
            .join("; ");
    const own = isLockstepError(error) ? error.context["help"] : undefined;
    return { name, state: "fault", found, help: typeof own === "string" ? own : help };
  }
}

/** What a look found wrong, in words. */
class Fault extends Error {}

async function lookAtFolder(dataDir: string): Promise<string> {
  const existing = await nearestFolder(dataDir);
  await access(existing, constants.W_OK | constants.X_OK);
  return existing === dataDir ? dataDir : `${dataDir} can be made`;
}

async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await access(folder).then(
      () => true,
      () => false,
    );
    if (found || folder === dirname(folder)) return folder;
  }
}

function lookAtDatabase(url: string): Promise<string> {
  return withPostgres(url, async (sql) => {
    const [row] = await sql`select split_part(version(), ' on ', 1) as version`;
    return String(row?.["version"]);
  });
}

async function lookAtSchema(url: string): Promise<string> {
  const { from, to } = await migrationStatus(url);
  if (from < to) throw new Fault(`the database is at ${from}, this version needs ${to}`);
  return `at ${from}`;
}

function lookAtRole(url: string): Promise<string> {
  const act = async (sql: ReturnType<typeof openPostgres>): Promise<string> => {
    const [row] = await sql`
      select current_user as role, rolsuper or rolbypassrls as mighty
      from pg_roles where rolname = current_user`;
    if (row?.["mighty"] !== false)
      throw new Fault(`${String(row?.["role"])} passes by row security`);
    return String(row["role"]);
  };
  return withPostgres(url, act, APP_ROLE);
}

async function lookAtQueue(databaseUrl: string, settings: Settings): Promise<string> {
  const { redisUrl } = settings.secrets;
  const doorbells = await openDoorbells({ databaseUrl, redisUrl, onError: () => {} });
  try {
    const waiting = await doorbells.depth(settings.config.slot);
    return `on ${doorbells.footing}, ${waiting} bells wait for slot ${settings.config.slot}`;
  } finally {
    await doorbells.close();
  }
}

function lookAtClock(url: string): Promise<string> {
  return withPostgres(url, async (sql) => {
    await sql`select 1`;
    const before = systemClock.now();
    const [row] = await sql`select extract(epoch from clock_timestamp()) * 1000 as ms`;
    const skew = Math.round(Number(row?.["ms"]) - (before + systemClock.now()) / 2);
    if (Math.abs(skew) > SKEW_MS_MAX) throw new Fault(`host and database differ by ${skew} ms`);
    return `host and database differ by ${skew} ms`;
  });
}

async function withPostgres<T>(
  url: string,
  act: (sql: ReturnType<typeof openPostgres>) => Promise<T>,
  role?: string,
): Promise<T> {
  const options = { max: 1, name: "lockstep-doctor", ...(role === undefined ? {} : { role }) };
  const sql = openPostgres(url, options);
  try {
    return await reachable(() => act(sql));
  } finally {
    await sql.end({ timeout: 1 });
  }
}
