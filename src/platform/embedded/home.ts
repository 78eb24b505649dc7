/**
 * Where the embedded cluster lives and who runs it. An ordinary user runs it in their data
 * directory. Root may not run Postgres: it runs as the owner of an existing cluster, otherwise as
 * the user `postgres` (made where it is missing). Where that user cannot reach the data directory
 * (a clone under /root), the cluster lives under /var/lib/lockstep in a folder named by a hash of
 * the data directory, and a link in the data directory shows where it is.
 * Invariant: the same data directory gives the same home, as long as its folders keep their modes.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { LockstepError } from "../../domain/errors.ts";
import { embeddedFailed } from "./failed.ts";

const run = promisify(execFile);

const OUTSIDE = "/var/lib/lockstep";
const POSTGRES_USER = "postgres";

export type Identity = { readonly uid: number; readonly gid: number };

export type Home = {
  readonly root: string;
  /** Postgres's own data directory. */
  readonly data: string;
  readonly log: string;
  /** The user Postgres runs as, where it is not ours. */
  readonly runAs: Identity | null;
  /** Whether it lies outside the data directory. */
  readonly outside: boolean;
};

/** EMBEDDED_FAILED where root finds no user for Postgres and cannot make one. */
export async function findHome(dataDir: string): Promise<Home> {
  const inside = join(dataDir, "postgres");
  if (process.getuid?.() !== 0) return homeAt(inside, null, false);
  const owner = await identityOf(join(inside, "data"));
  if (owner !== null && owner.uid !== 0 && (await canReach(owner, inside))) {
    return homeAt(inside, owner, false);
  }
  const runAs = (await postgresUser()) ?? (await createPostgresUser());
  if (await canReach(runAs, inside)) return homeAt(inside, runAs, false);
  const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  return homeAt(join(OUTSIDE, name), runAs, true);
}

function homeAt(root: string, runAs: Identity | null, outside: boolean): Home {
  return { root, data: join(root, "data"), log: join(root, "postgres.log"), runAs, outside };
}

async function identityOf(path: string): Promise<Identity | null> {
  const facts = await stat(path).catch(() => null);
  return facts === null ? null : { uid: facts.uid, gid: facts.gid };
}

/** Whether every existing folder above `path` may be passed through by the user. */
export async function canReach(who: Identity, path: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const facts = await stat(folder).catch(() => null);
    if (facts !== null && !mayPass(who, facts)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function mayPass(who: Identity, facts: Identity & { readonly mode: number }): boolean {
  if (facts.uid === who.uid) return (facts.mode & 0o100) !== 0;
  if (facts.gid === who.gid) return (facts.mode & 0o010) !== 0;
  return (facts.mode & 0o001) !== 0;
}

async function postgresUser(): Promise<Identity | null> {
  try {
    const [uid, gid] = await Promise.all([
      run("id", ["-u", POSTGRES_USER]),
      run("id", ["-g", POSTGRES_USER]),
    ]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

async function createPostgresUser(): Promise<Identity> {
  try {
    await run("groupadd", ["--system", "--force", POSTGRES_USER]);
    await run("useradd", ["--system", "--no-create-home", "-g", POSTGRES_USER, POSTGRES_USER]);
  } catch (cause) {
    throw noUser(cause);
  }
  const made = await postgresUser();
  if (made === null) throw noUser();
  return made;
}

function noUser(cause?: unknown): LockstepError {
  const reason = "Postgres does not run as root and no user 'postgres' could be made";
  const help = "create that user, run Lockstep as an ordinary user, or set DATABASE_URL";
  return embeddedFailed({ reason, help }, cause);
}
