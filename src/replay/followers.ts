/**
 * followers.json: the master's account and the followers with their rules. All faults of the file
 * are told at once, each with its line.
 *
 * Decided here: balances are positive and have at most two places; a decimal may be text or a
 * JSON number; nothing is silently ignored, so an unknown key is a fault; names are told apart
 * character by character, and `master` is the master's own name in accounts.csv.
 */
import { z } from "zod";
import { isLockstepError } from "../domain/errors.ts";
import { type Fixed, parseFixed } from "../domain/fixed.ts";
import { type InputFault, quoted, refuseFaults } from "../domain/input-fault.ts";
import { parseRules, type Rules } from "../follower/rules.ts";
import { type JsonPath, type JsonText, parseJsonText } from "./json-text.ts";

export const MASTER_NAME = "master";

const FOLLOWERS_MAX = 10_000;
const CENT: Fixed = 1_000_000n;

const accountShape = {
  currency: z.string().regex(/^[A-Z]{3}$/, "three capital letters such as EUR"),
  balance: z
    .union([z.string(), z.number()])
    .transform(toDecimal)
    .refine((value) => value === null || value % CENT === 0n, "at most two decimal places"),
  leverage: z.union([z.string(), z.number()]).transform(toDecimal),
  positionMode: z.enum(["hedging", "netting"]),
};

const FOLLOWERS_FILE = z.strictObject({
  master: z.strictObject(accountShape),
  followers: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[^\p{Cc}\p{Cs}]{1,64}$/u, "1 to 64 characters on one line"),
        ...accountShape,
        symbolSuffix: z
          .string()
          .regex(/^[\w.#/+-]{0,16}$/, "at most 16 letters, digits and . # / + - _")
          .default(""),
        rules: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .min(1, "at least one follower")
    .max(FOLLOWERS_MAX, `at most ${FOLLOWERS_MAX} followers`),
});

export type AccountSetup = {
  readonly currency: string;
  /** In the account's currency, whole cents. */
  readonly balance: Fixed;
  readonly leverage: Fixed;
  readonly positionMode: "hedging" | "netting";
};

export type FollowerSetup = AccountSetup & {
  readonly name: string;
  /** How the symbols' names end at this follower's broker; blank where they are the master's. */
  readonly symbolSuffix: string;
  readonly rules: Rules;
  /** The rules as they stood in the file. */
  readonly rulesJson: Readonly<Record<string, unknown>>;
};

export type FollowersFile = {
  readonly master: AccountSetup;
  /** In the order of the file. */
  readonly followers: readonly FollowerSetup[];
};

/** The accounts of followers.json, or BAD_INPUT with every fault of the file. */
export function parseFollowers(file: string, text: string): FollowersFile {
  const json = parseJsonText(file, text);
  const parsed = FOLLOWERS_FILE.safeParse(json.value);
  const report = new Report(file, json);
  if (!parsed.success) for (const issue of parsed.error.issues) report.addIssue(issue);
  checkNames(json.value, report);
  const rules = listOf(json.value).map((follower, index) => readRules(follower, index, report));
  refuseFaults(report.faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)));
  if (!parsed.success) throw parsed.error;
  const { master, followers } = parsed.data;
  return {
    master: accountOf(master),
    followers: followers.map((follower, index) => ({
      ...accountOf(follower),
      name: follower.name,
      symbolSuffix: follower.symbolSuffix,
      rules: rules[index] ?? parseRules({}),
      rulesJson: follower.rules,
    })),
  };
}

/** Text or a JSON number as a positive decimal; null is only ever seen beside an issue. */
function toDecimal(input: string | number, context: z.RefinementCtx): Fixed | null {
  try {
    const value = parseFixed(String(input));
    if (value > 0n) return value;
  } catch {
    // Said below, in the same words as for a number that is not positive.
  }
  context.addIssue({ code: "custom", message: 'a positive decimal such as "10000.00"' });
  return null;
}

type ParsedAccount = Omit<AccountSetup, "balance" | "leverage"> & {
  readonly balance: Fixed | null;
  readonly leverage: Fixed | null;
};

function accountOf({ currency, balance, leverage, positionMode }: ParsedAccount): AccountSetup {
  return { currency, balance: balance ?? 0n, leverage: leverage ?? 0n, positionMode };
}

/** The list of followers as it stands, also where other parts of the file are faulty. */
function listOf(value: unknown): readonly unknown[] {
  const list = fieldOf(value, "followers");
  return Array.isArray(list) ? list : [];
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function checkNames(value: unknown, report: Report): void {
  const seen = new Map<string, number>();
  for (const [index, follower] of listOf(value).entries()) {
    const name = fieldOf(follower, "name");
    if (typeof name !== "string") continue;
    const path = ["followers", index, "name"];
    const earlier = seen.get(name);
    if (name === MASTER_NAME) {
      report.add(path, "a follower has the master's name", "any other name");
    } else if (earlier !== undefined) {
      const line = report.json.lineOf(["followers", earlier, "name"]);
      report.add(path, "a follower is there twice", `a name of its own (it is on line ${line})`);
    } else seen.set(name, index);
  }
}

function readRules(follower: unknown, index: number, report: Report): Rules | null {
  const rules = fieldOf(follower, "rules") ?? {};
  if (typeof rules !== "object" || Array.isArray(rules)) return null;
  try {
    return parseRules(rules);
  } catch (error) {
    if (!isLockstepError(error, "BAD_RULES")) throw error;
    const faults = error.context["faults"];
    for (const fault of Array.isArray(faults) ? faults : [error.message]) {
      const [setting = "", ...reason] = String(fault).split(": ");
      const path = ["followers", index, "rules", ...setting.split(".")];
      report.add(path, `the rule ${setting} is refused`, reason.join(": "));
    }
    return null;
  }
}

/** Collects faults by their path in the file. */
class Report {
  readonly faults: InputFault[] = [];
  readonly json: JsonText;
  private readonly file: string;

  constructor(file: string, json: JsonText) {
    this.file = file;
    this.json = json;
  }

  add(path: JsonPath, wrong: string, expected: string): void {
    const { file } = this;
    const found = this.foundAt(path);
    this.faults.push({ file, line: this.json.lineOf(path), wrong, found, expected });
  }

  addIssue(issue: z.core.$ZodIssue): void {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        this.add([...issue.path, key], `unknown key ${quoted(key)}`, "a key that is documented");
      }
    } else {
      const where = issue.path.map(String).join(".") || "the file";
      this.add(issue.path, `${where} is wrong`, issue.message);
    }
  }

  private foundAt(path: JsonPath): string {
    let value = this.json.value;
    for (const part of path) value = fieldOf(value, String(part));
    return value === undefined ? "nothing" : quoted(JSON.stringify(value)).slice(1, -1);
  }
}
