/**
 * The migrations as files. Their hash ignores how a checkout ends its lines, so that the same
 * migration is the same on every system. Invariant: numbered 1, 2, 3 … without a gap or a double.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { LockstepError } from "../domain/errors.ts";
import { packageRoot } from "./package-root.ts";

export type Migration = {
  readonly number: number;
  /** The file's name. */
  readonly name: string;
  readonly sha256: string;
  readonly text: string;
};

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

/** BAD_INPUT for a file that is misnamed or out of sequence. */
export async function readMigrations(
  dir: string = join(packageRoot(), "migrations"),
): Promise<readonly Migration[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(FILE_NAME.exec(name)?.[1]);
      if (number !== index + 1) {
        const expected = `${String(index + 1).padStart(4, "0")}_name.sql`;
        throw new LockstepError("BAD_INPUT", { file: join(dir, name), expected });
      }
      const text = (await readFile(join(dir, name), "utf8")).replaceAll("\r\n", "\n");
      const sha256 = createHash("sha256").update(text).digest("hex");
      return { number, name, sha256, text };
    }),
  );
}
