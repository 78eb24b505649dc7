/** A migrated database of one run's own, on the hub's server; gone when the run is over. */
import { randomUUID } from "node:crypto";
import { migrate } from "./migrate.ts";
import { openPostgres } from "./postgres.ts";

export type ScratchDatabase = {
  /** The owner's URL. */
  readonly url: string;
  drop(): Promise<void>;
};

/** `serverUrl` must be allowed to create databases. `purpose` goes into the name. */
export async function scratchDatabase(
  serverUrl: string,
  purpose: string,
): Promise<ScratchDatabase> {
  const name = `lockstep_${purpose}_${randomUUID().replaceAll("-", "").slice(0, 12)}`;
  await asOwner(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const drop = (): Promise<void> =>
    asOwner(serverUrl, `drop database if exists ${name} with (force)`);
  try {
    await migrate(url.href);
  } catch (error) {
    await drop();
    throw error;
  }
  return { url: url.href, drop };
}

async function asOwner(url: string, statement: string): Promise<void> {
  const owner = openPostgres(url, { max: 1, name: "lockstep-scratch" });
  try {
    await owner.unsafe(statement);
  } finally {
    await owner.end();
  }
}
