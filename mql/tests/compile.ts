/** Compiles the Expert Advisors once before any test, or says plainly why nothing can be run. */
import { buildExpert, hasCompiler } from "../tools/build.ts";

const NO_COMPILER =
  "The Expert Advisors were not run: g++ is not installed (Debian: apt-get install g++).\n";

export function setup(): void {
  if (!hasCompiler()) {
    process.stderr.write(NO_COMPILER);
    return;
  }
  for (const source of [
    "mql/Experts/Lockstep5.mq5",
    "mql/Experts/Lockstep4.mq4",
    "mql/tests/parts.mq5",
    "mql/tests/parts.mq4",
  ]) {
    buildExpert(source);
  }
}
