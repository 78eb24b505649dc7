/** A Postgres of the runner's own, on a disk of its own choosing, which it may crash and fill up. */

import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareQueueSchema } from "../../platform/doorbells-postgres.ts";
import { type Binaries, findBinaries } from "../../platform/embedded/binaries.ts";
import {
  findRunning,
  initialise,
  makeRoot,
  OWNER,
  passwordOf,
  startServer,
  stopServer,
} from "../../platform/embedded/cluster.ts";
import { findHome, type Home } from "../../platform/embedded/home.ts";
import { freePort } from "../../platform/free-port.ts";
import { migrate } from "../../platform/migrate.ts";
import { openPostgres } from "../../platform/postgres.ts";
import { TEMPLATE, urlOf } from "../database-url.ts";

const SMALL_DISK = "512m";

export class Cluster {
  readonly dir: string;
  readonly port: number;
  readonly #home: Home;
  readonly #binaries: Binaries;
  readonly #mounted: boolean;
  #url = "";

  private constructor(
    dir: string,
    port: number,
    parts: { home: Home; binaries: Binaries; mounted: boolean },
  ) {
    this.dir = dir;
    this.port = port;
    this.#home = parts.home;
    this.#binaries = parts.binaries;
    this.#mounted = parts.mounted;
  }

  /** On a tmpfs that is soon full where `small`; throws where none may be mounted. */
  static async open(small: boolean): Promise<Cluster> {
    const dir = mkdtempSync(join(tmpdir(), "lockstep-faults-"));
    chmodSync(dir, 0o755);
    if (small)
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SMALL_DISK},mode=755`, "tmpfs", dir]);
    const home = await findHome(dir);
    await makeRoot(home);
    const binaries = await findBinaries(home);
    await initialise(home, binaries);
    const cluster = new Cluster(dir, await freePort(), { home, binaries, mounted: small });
    await cluster.start();
    await cluster.#template();
    return cluster;
  }

  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    if ((await findRunning(this.#home)) === null) {
      await startServer(this.#home, this.#binaries, this.port);
    }
    const password = await passwordOf(this.#home);
    this.#url = `postgres://${OWNER}:${password}@127.0.0.1:${this.port}/postgres`;
  }

  /** immediate: as a crash would. */
  async stop(mode: "fast" | "immediate"): Promise<void> {
    if ((await findRunning(this.#home)) !== null)
      await stopServer(this.#home, this.#binaries, mode);
  }

  async #template(): Promise<void> {
    await this.#ask(`create database ${TEMPLATE}`);
    await migrate(urlOf(this.#url, TEMPLATE));
    await prepareQueueSchema(urlOf(this.#url, TEMPLATE));
  }

  /** The URL of a new database with an empty ledger in it. */
  async database(): Promise<string> {
    const name = `faults_${randomUUID().replaceAll("-", "")}`;
    await this.#ask(`create database ${name} template ${TEMPLATE} strategy wal_log`);
    return urlOf(this.#url, name);
  }

  async drop(url: string): Promise<void> {
    await this.#ask(`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`);
  }

  /** Leaves no byte of the disk free. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.dir);
    const ballast = join(this.dir, "ballast");
    try {
      writeFileSync(ballast, Buffer.alloc(bavail * bsize));
    } catch {
      // It took what there was.
    }
  }

  empty(): void {
    rmSync(join(this.dir, "ballast"), { force: true });
  }

  async close(): Promise<void> {
    await this.stop("fast");
    if (this.#mounted) execFileSync("umount", [this.dir]);
    rmSync(this.dir, { recursive: true, force: true });
    if (this.#home.outside) rmSync(this.#home.root, { recursive: true, force: true });
  }

  async #ask(statement: string): Promise<void> {
    const sql = openPostgres(this.#url, { max: 1, name: "faults-owner" });
    try {
      await sql.unsafe(statement);
    } finally {
      await sql.end({ timeout: 2 });
    }
  }
}
