/**
 * Reads a file that someone handed in. What cannot be read is BAD_INPUT that names the file,
 * never a raw system error: missing, a directory, no permission, too long, not UTF-8.
 */
import { readFile, stat } from "node:fs/promises";
import { InputError } from "../domain/input-fault.ts";

const TEXT_BYTES_MAX = 64 * 1024 * 1024;

/** The bytes of a file of at most `bytesMax`. */
export async function readInputBytes(file: string, bytesMax: number): Promise<Buffer> {
  const size = await attempt(file, async () => (await stat(file)).size);
  if (size > bytesMax) {
    throw fault(file, "the file is too long", `${size} bytes`, `at most ${bytesMax} bytes`);
  }
  return attempt(file, () => readFile(file));
}

/** The text of a UTF-8 file, without a byte order mark. */
export async function readInputText(file: string): Promise<string> {
  const bytes = await readInputBytes(file, TEXT_BYTES_MAX);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fault(file, "the file is not text", "bytes that are not UTF-8", "UTF-8 text", cause);
  }
}

async function attempt<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    const wrong = code === "ENOENT" ? "the file is missing" : "the file cannot be read";
    throw fault(file, wrong, code, "the path of a readable file", cause);
  }
}

// biome-ignore lint/complexity/useMaxParams: the four words of a fault and what caused it
function fault(
  file: string,
  wrong: string,
  found: string,
  expected: string,
  cause?: unknown,
): InputError {
  return new InputError([{ file, line: null, wrong, found, expected }], { cause });
}
