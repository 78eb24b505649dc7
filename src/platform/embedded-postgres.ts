/**
 * The Postgres that comes along: found running and shared, or started, or made first.
 * Invariants: opening twice, at once, or after the opener was SIGKILLed ends with one server that
 * all of them use; whoever closes last stops it, and nobody stops it under another.
 */
import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { LockstepError } from "../domain/errors.ts";
import { monotonicMs, systemTimers, type Timers } from "./clock.ts";
import { type Binaries, findBinaries } from "./embedded/binaries.ts";
import {
  findRunning,
  initialise,
  isInitialised,
  makeRoot,
  OWNER,
  passwordOf,
  type Running,
  startServer,
  stopServer,
} from "./embedded/cluster.ts";
import { embeddedFailed } from "./embedded/failed.ts";
import { type Hold, hold } from "./embedded/hold.ts";
import { findHome, type Home } from "./embedded/home.ts";
import { freePort } from "./free-port.ts";

const DATABASE = "lockstep";
const ANSWER_MS_MAX = 30_000;
const PAUSE_MS = 50;
const START_ATTEMPTS_MAX = 5;

export type EmbeddedPostgres = {
  /** The owner's URL of the database `lockstep`; it holds a password. */
  readonly url: string;
  readonly how: "made" | "started" | "shared";
  readonly root: string;
  /** Stops the server, unless another process still uses it. */
  stop(): Promise<"stopped" | "left running">;
};

export type EmbeddedState = {
  readonly root: string;
  readonly initialised: boolean;
  readonly running: boolean;
};

/** EMBEDDED_FAILED where it cannot be made or started, or does not answer within 30 s. */
export async function openEmbeddedPostgres(
  dataDir: string,
  timers: Timers = systemTimers,
): Promise<EmbeddedPostgres> {
  const home = await findHome(dataDir);
  await makeRoot(home);
  if (home.outside) await showPlace(home, dataDir);
  const binaries = await findBinaries(home);
  const isNew = !(await isInitialised(home)) && (await initialise(home, binaries));
  const { url, held, started } = await connect(home, binaries, timers);
  return {
    url,
    how: isNew ? "made" : started ? "started" : "shared",
    root: home.root,
    stop: once(async () => {
      const last = await held.release().catch(() => false);
      if (last) await stopServer(home, binaries, "fast");
      await held.end();
      return last ? "stopped" : "left running";
    }),
  };
}

/** What is there, without starting or making anything. */
export async function embeddedState(dataDir: string): Promise<EmbeddedState> {
  const home = await findHome(dataDir);
  const initialised = await isInitialised(home);
  const running = initialised && (await findRunning(home)) !== null;
  return { root: home.root, initialised, running };
}

/** Stops and deletes the cluster; DATABASE_IN_USE while another process uses it. */
export async function removeEmbeddedPostgres(dataDir: string): Promise<void> {
  const home = await findHome(dataDir);
  if ((await isInitialised(home)) && (await findRunning(home)) !== null) {
    const embedded = await openEmbeddedPostgres(dataDir);
    if ((await embedded.stop()) === "left running") {
      throw new LockstepError("DATABASE_IN_USE", { data: home.root });
    }
  }
  await rm(home.root, { recursive: true, force: true });
  if (home.outside) await rm(join(dataDir, "postgres"), { force: true });
}

type Connected = { readonly url: string; readonly held: Hold; readonly started: boolean };

async function connect(home: Home, binaries: Binaries, timers: Timers): Promise<Connected> {
  const password = await passwordOf(home);
  const deadline = monotonicMs() + ANSWER_MS_MAX;
  for (let starts = 0; monotonicMs() < deadline; ) {
    const running = await findRunning(home);
    if (running === null) {
      starts += 1;
      await start(home, binaries, starts);
    } else {
      const url = `postgres://${OWNER}:${password}@127.0.0.1:${running.port}/`;
      const held = running.ready ? await hold(`${url}postgres`, DATABASE) : null;
      if (held !== null) return { url: url + DATABASE, held, started: starts > 0 };
      await timers.sleep(PAUSE_MS);
    }
  }
  return replaceSilent(home, binaries, password);
}

/** A server of ours that runs and has not answered for 30 s is ended and started once more. */
async function replaceSilent(home: Home, binaries: Binaries, password: string): Promise<Connected> {
  if ((await findRunning(home)) !== null) await stopServer(home, binaries, "immediate");
  await start(home, binaries, START_ATTEMPTS_MAX);
  const running: Running | null = await findRunning(home);
  const url = `postgres://${OWNER}:${password}@127.0.0.1:${running?.port ?? 0}/`;
  const held = await hold(`${url}postgres`, DATABASE);
  if (held === null) {
    throw embeddedFailed({ reason: "it does not answer", log: home.log });
  }
  return { url: url + DATABASE, held, started: true };
}

/** A failed start is looked at again: another process may have been first, or have had the port. */
async function start(home: Home, binaries: Binaries, attempt: number): Promise<void> {
  try {
    await startServer(home, binaries, await freePort());
  } catch (error) {
    if (attempt >= START_ATTEMPTS_MAX) throw error;
  }
}

async function showPlace(home: Home, dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await symlink(home.root, join(dataDir, "postgres")).catch(() => {});
}

function once<T>(act: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => {
    result ??= act();
    return result;
  };
}
