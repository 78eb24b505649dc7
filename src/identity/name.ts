/** A name that others will read, on a page, in a log and in a spreadsheet. */
import { LockstepError } from "../domain/errors.ts";

export const NAME_MAX = 100;

/**
 * Trimmed. BAD_INPUT for what is empty or long, for characters that would disguise who or what it is
 * (control characters, marks that turn the reading direction), and for what a spreadsheet would
 * take for a formula.
 */
export function plainName(text: string): string {
  const name = text.trim();
  const isPlain = name !== "" && name.length <= NAME_MAX && !/[\p{Cc}\p{Cf}]/u.test(name);
  if (isPlain && !/^[=+\-@]/.test(name)) return name;
  throw new LockstepError("BAD_INPUT", {
    field: "name",
    expected: `1 to ${NAME_MAX} characters, the first of them none of = + - @`,
  });
}
