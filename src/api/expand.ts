/**
 * What a row names by its id, written out beside it: `expand=strategy,account`. Each thing is read
 * once a request, as whoever asks may see it; what they may not see is left out.
 */
import { z } from "zod";
import { isLockstepError } from "../domain/errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { Row } from "../records/view.ts";

export type Expansion = {
  /** The row's column that has the id. */
  readonly of: string;
  /** How it is answered. */
  readonly answer: z.ZodType;
  load(principal: Principal, id: string): Promise<Row>;
};

export type Expansions = Readonly<Record<string, Expansion>>;

/** What a list or a single row takes. */
export function expandIn(expansions: Expansions) {
  const names = Object.keys(expansions);
  return z
    .string()
    .refine(
      (text) => text.split(",").every((one) => names.includes(one)),
      `is not some of ${names.join(",")}`,
    )
    .optional()
    .describe(`Some of ${names.join(", ")}, by commas: written out in \`expanded\`.`);
}

/** What is answered where something was asked for. */
export function expandedOut(expansions: Expansions) {
  const shape = Object.entries(expansions).map(([name, { answer }]) => [name, answer.optional()]);
  return z.strictObject(Object.fromEntries(shape)).optional();
}

export async function expanded(
  principal: Principal,
  rows: readonly Row[],
  { wanted, expansions }: { readonly wanted: string | undefined; readonly expansions: Expansions },
): Promise<readonly Row[]> {
  if (wanted === undefined) return rows;
  const names = [...new Set(wanted.split(","))];
  const known = new Map<string, Promise<Row | null>>();
  const read = ({ of, load }: Expansion, name: string, row: Row): Promise<Row | null> => {
    const id = String(row[of]);
    const place = `${name} ${id}`;
    const found = known.get(place) ?? seen(load(principal, id));
    known.set(place, found);
    return found;
  };
  const whole: Row[] = [];
  for (const row of rows) {
    const more: Record<string, unknown> = {};
    for (const name of names) {
      const expansion = expansions[name];
      const found = expansion === undefined ? null : await read(expansion, name, row);
      if (found !== null) more[name] = found;
    }
    whole.push({ ...row, expanded: more });
  }
  return whole;
}

async function seen(load: Promise<Row>): Promise<Row | null> {
  try {
    return await load;
  } catch (error) {
    if (isLockstepError(error, "NOT_FOUND")) return null;
    throw error;
  }
}
