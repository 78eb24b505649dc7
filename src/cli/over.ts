/** The ledger, for as long as a command over rules needs it. */
import { openDatabase } from "../platform/database.ts";
import { APP_ROLE, openPostgres, type Sql } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";

export async function over(io: CliIo, run: (sql: Sql) => Promise<void>): Promise<void> {
  const database = await openDatabase(settingsOf(io));
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-rules" });
  try {
    await run(sql);
  } finally {
    await sql.end();
    await database.close();
  }
}
