/** Where the package's own files (migrations, templates) are, from `src/` and from `dist/src/` alike. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { LockstepError } from "../domain/errors.ts";

/** The nearest folder upwards that holds a package.json; NOT_FOUND where there is none. */
export function packageRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder))
      throw new LockstepError("NOT_FOUND", { what: "package.json", from });
  }
}
