/**
 * The cluster's own life: made once, started, found running, stopped.
 * Invariants: a data directory appears whole, with its password, or not at all; fsync stays on; it
 * listens on 127.0.0.1 only; no signal goes to a process that is not this cluster's server.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdir, readFile, readlink, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Binaries } from "./binaries.ts";
import { embeddedFailed, systemCode } from "./failed.ts";
import type { Home } from "./home.ts";

const run = promisify(execFile);

export const OWNER = "lockstep";
const PASSWORD_FILE = "lockstep.password";
const COMMAND_MS_MAX = 120_000;
const WAIT_SECONDS = "60";
const LOG_BYTES_MAX = 10 * 1024 * 1024;
const CONNECTIONS_MAX = 200;

/** What postmaster.pid says of a server that is running. */
export type Running = { readonly pid: number; readonly port: number; readonly ready: boolean };

export async function isInitialised(home: Home): Promise<boolean> {
  try {
    await stat(join(home.data, "PG_VERSION"));
    return true;
  } catch (error) {
    // A folder that may not be looked into is not an empty one.
    if (systemCode(error) === "ENOENT") return false;
    throw foreign(home, error);
  }
}

export async function passwordOf(home: Home): Promise<string> {
  return readFile(join(home.data, PASSWORD_FILE), "utf8").catch((error: unknown) => {
    throw foreign(home, error);
  });
}

function foreign(home: Home, cause: unknown): unknown {
  if (!["EACCES", "EPERM"].includes(systemCode(cause) ?? "")) return cause;
  const reason = "its folder belongs to another user";
  const help = "run as that user, or choose another LOCKSTEP_DATA_DIR";
  return embeddedFailed({ reason, folder: home.root, help }, cause);
}

/** Makes the folder in which the cluster and its log live. */
export async function makeRoot(home: Home): Promise<void> {
  try {
    await mkdir(home.root, { recursive: true });
    if (home.runAs !== null) await chown(home.root, home.runAs.uid, home.runAs.gid);
  } catch (error) {
    throw foreign(home, error);
  }
}

/** Makes the cluster beside its place and moves it there; false where another process was first. */
export async function initialise(home: Home, binaries: Binaries): Promise<boolean> {
  const draft = join(home.root, `new-${randomBytes(4).toString("hex")}`);
  const passwordFile = `${draft}.password`;
  try {
    await writeFile(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
    if (home.runAs !== null) await chown(passwordFile, home.runAs.uid, home.runAs.gid);
    await command(home, binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${OWNER}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--no-locale",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
    ]);
    await rename(passwordFile, join(draft, PASSWORD_FILE));
    await rename(draft, home.data);
    return true;
  } catch (error) {
    if (await isInitialised(home)) return false;
    throw foreign(home, error);
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(passwordFile, { force: true });
  }
}

/** Resolves once the server takes connections, or has failed to: the caller looks again. */
export async function startServer(home: Home, binaries: Binaries, port: number): Promise<void> {
  const log = await stat(home.log).catch(() => null);
  if (log !== null && log.size > LOG_BYTES_MAX) await rename(home.log, `${home.log}.1`);
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    `max_connections=${CONNECTIONS_MAX}`,
    "fsync=on",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
  ];
  const options = [`-p ${port}`, ...settings.map((setting) => `-c ${setting}`)].join(" ");
  const place = ["-D", home.data, "-l", home.log];
  await command(home, binaries.pgCtl, ["start", ...place, "-w", "-t", WAIT_SECONDS, "-o", options]);
}

/** fast ends sessions and writes a checkpoint; immediate is a crash that recovers on start. */
export async function stopServer(
  home: Home,
  binaries: Binaries,
  mode: "fast" | "immediate",
): Promise<void> {
  const how = ["-m", mode, "-w", "-t", WAIT_SECONDS];
  await command(home, binaries.pgCtl, ["stop", "-D", home.data, ...how]);
}

/** The running server, or null. A pid file that its server left behind is removed. */
export async function findRunning(home: Home): Promise<Running | null> {
  const file = join(home.data, "postmaster.pid");
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  const port = Number(lines[3] ?? "");
  if (await servesUs(pid, home.data)) {
    return { pid, port, ready: lines[7]?.trim() === "ready" && port > 0 };
  }
  // Its number may have gone to another process, which would keep Postgres from starting.
  if ((await readFile(file, "utf8").catch(() => null)) === text) await rm(file, { force: true });
  return null;
}

/** Whether the process is a server in this data directory: servers work inside it. */
async function servesUs(pid: number, data: string): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isAlive(pid)) return false;
  if (process.platform === "linux") {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => null);
    if (cwd !== null) return cwd === data || (await isSameFolder(cwd, data));
  }
  if (process.platform === "win32") return true;
  const { stdout } = await run("ps", ["-o", "command=", "-p", String(pid)]).catch(() => ({
    stdout: "",
  }));
  return stdout.includes("postgres") && stdout.includes(data);
}

async function isSameFolder(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([left, right].map((path) => stat(path).catch(() => null)));
  return a != null && b != null && a.dev === b.dev && a.ino === b.ino;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

async function command(home: Home, file: string, args: readonly string[]): Promise<void> {
  // Nothing of the caller's environment (PGPORT, PGDATA, a locale) may leak in.
  const env = process.platform === "win32" ? undefined : { LC_ALL: "C", TZ: "UTC" };
  const limits = { cwd: home.root, timeout: COMMAND_MS_MAX, windowsHide: true };
  try {
    await run(file, [...args], { ...limits, ...(env && { env }), ...home.runAs });
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
    const reason = said === "" ? String(cause) : said.slice(-500);
    throw embeddedFailed({ reason, log: home.log }, cause);
  }
}
