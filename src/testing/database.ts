/** A database of a test's own: a copy of the migrated template, gone when the test drops it. */
import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { APP_ROLE, openPostgres, type Sql } from "../platform/postgres.ts";
import { TEMPLATE, urlOf } from "./database-url.ts";

export type TestDatabase = {
  /** The owner's URL. */
  readonly url: string;
  /** As the application: the role that owns nothing. */
  readonly sql: Sql;
  /** As the owner, who sees every tenant. */
  readonly admin: Sql;
  drop(): Promise<void>;
};

const CONNECTIONS = 8;

/** `from` is the template; "template1" gives an empty database. */
export async function testDatabase(from: string = TEMPLATE): Promise<TestDatabase> {
  const adminUrl = inject("adminUrl");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await asOwner(adminUrl, `create database ${name} template ${from} strategy wal_log`);
  const url = urlOf(adminUrl, name);
  const sql = openPostgres(url, { max: CONNECTIONS, role: APP_ROLE, name: "test" });
  const admin = openPostgres(url, { max: 2, name: "test-admin" });
  return {
    url,
    sql,
    admin,
    async drop() {
      await Promise.all([sql.end({ timeout: 1 }), admin.end({ timeout: 1 })]);
      await asOwner(adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function asOwner(adminUrl: string, statement: string): Promise<void> {
  const owner = openPostgres(adminUrl, { max: 1, name: "test-owner" });
  try {
    await owner.unsafe(statement);
  } finally {
    await owner.end();
  }
}
