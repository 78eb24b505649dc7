/** `lockstep explain`: why and how a follower answered a signal, each step with its numbers. */
import { Command } from "commander";
import { OUTCOME_CODES, SKIP_REASONS } from "../domain/codes.ts";
import { type ExplainedInstruction, type Explanation, readExplanations } from "../explain/read.ts";
import { stepWords } from "../explain/words.ts";
import { openDatabase } from "../platform/database.ts";
import { APP_ROLE, openPostgres } from "../platform/postgres.ts";
import { type CliIo, settingsOf } from "./io.ts";

type Options = { readonly json?: true };

export function explainCommand(io: CliIo): Command {
  return new Command("explain")
    .description("why a follower answered a signal as it did, and how, step by step")
    .argument("<signal>", "the signal's number, or its id")
    .argument("<account>", "the follower's name, login or id")
    .option("--json", "one line of JSON, a list")
    .action((signal: string, account: string, options: Options) =>
      run(io, { signal, account, ...options }),
    );
}

async function run(
  io: CliIo,
  asked: Options & { readonly signal: string; readonly account: string },
): Promise<void> {
  const database = await openDatabase(settingsOf(io));
  const sql = openPostgres(database.url, { max: 1, role: APP_ROLE, name: "lockstep-explain" });
  try {
    const found = await readExplanations(sql, asked.signal, asked.account);
    if (asked.json) io.out(JSON.stringify(found));
    else for (const line of found.flatMap(explained)) io.out(line);
  } finally {
    await sql.end();
    await database.close();
  }
}

function explained(one: Explanation): string[] {
  const { signal } = one;
  const at = signal.price === null ? "" : ` at ${signal.price}`;
  const reason = one.reason === null ? "" : ` ${one.reason}: ${wordsOf(one.reason)}`;
  return [
    `signal ${signal.sequence} of ${signal.master} (${signal.id})`,
    `  ${signal.kind} ${signal.side} ${signal.volume} ${signal.symbol}${at}, position ${signal.position}, ${signal.at}`,
    `${one.account} follows ${one.strategy}, rules version ${one.rulesVersion}`,
    `  ${one.decision}${reason}${one.decision === "copy" ? ` ${one.volume} lots` : ""}`,
    ...one.steps.map((step) => `  - ${stepWords(step, one.origins)}`),
    ...one.instructions.map(instructionLine),
  ];
}

function instructionLine(one: ExplainedInstruction): string {
  const volume = one.volume === null ? "" : ` ${one.volume}`;
  const price = one.price === null ? "" : ` at ${one.price}`;
  const code = one.code === null ? "" : ` ${one.code}: ${wordsOf(one.code)}`;
  const answered =
    one.millisecondsToAnswer === null ? "" : `, answered in ${one.millisecondsToAnswer} ms`;
  const attempt = one.attempt === 1 ? "" : `, attempt ${one.attempt}`;
  return `  → ${one.kind}${volume} (${one.key}${attempt}): ${one.state}, filled ${one.filled}${price}${code}${answered}`;
}

function wordsOf(code: string): string {
  const all: Readonly<Record<string, string | { readonly words: string }>> = {
    ...OUTCOME_CODES,
    ...SKIP_REASONS,
  };
  const found = all[code];
  return typeof found === "string" ? found : (found?.words ?? code);
}
