/**
 * Runs once before the tests with real services: one Postgres of their own with fsync on, and in
 * it a migrated template that every test database is a copy of. Nothing of it outlives the run.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { prepareQueueSchema } from "../platform/doorbells-postgres.ts";
import { openEmbeddedPostgres, removeEmbeddedPostgres } from "../platform/embedded-postgres.ts";
import { migrate } from "../platform/migrate.ts";
import { openPostgres } from "../platform/postgres.ts";
import { TEMPLATE, urlOf } from "./database-url.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The owner's URL of the tests' Postgres. */
    readonly adminUrl: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), "lockstep-test-"));
  // As root, Postgres runs as another user, who has to pass through here.
  await chmod(dataDir, 0o755);
  const embedded = await openEmbeddedPostgres(dataDir);
  const teardown = async (): Promise<void> => {
    await embedded.stop();
    await removeEmbeddedPostgres(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await makeTemplate(embedded.url);
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide("adminUrl", embedded.url);
  return teardown;
}

async function makeTemplate(adminUrl: string): Promise<void> {
  const admin = openPostgres(adminUrl, { max: 1 });
  await admin.unsafe(`create database ${TEMPLATE}`);
  await admin.end();
  const url = urlOf(adminUrl, TEMPLATE);
  await migrate(url);
  await prepareQueueSchema(url);
}
