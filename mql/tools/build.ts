/**
 * Builds an Expert Advisor, or a test of its parts, into a program: translates the source and all it
 * includes, compiles them with g++ against the shim, and keeps the program by a hash of all that
 * went into it.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { faultsOf, structsOf } from "./subset.ts";
import { decode, type Token, tokensOf } from "./tokens.ts";
import { translate } from "./translate.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const library = join(root, "mql", "Include");
const shim = join(root, "mql", "shim");
const SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Werror"];

/** Whether there is a compiler on this machine. */
export function hasCompiler(): boolean {
  return spawnSync("g++", ["--version"]).status === 0;
}

/** `file:line: what` for all that is outside of the subset. */
export function checkSource(path: string): string[] {
  const sources = gather(path);
  const structs = new Set([...sources.values()].flatMap((tokens) => structsOf(tokens)));
  return [...sources].flatMap(([file, tokens]) =>
    faultsOf(tokens, structs).map(({ line, text }) => `${file}:${line}: ${text}`),
  );
}

type Sources = Map<string, readonly Token[]>;

/** Builds an .mq5 or .mq4 and gives the program's path; throws with the words of who refused it. */
export function buildExpert(
  path: string,
  { sanitize = true, into = join(root, "dist", "mql") } = {},
): string {
  const faults = checkSource(path);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const sources = gather(path);
  const flags = ["-std=c++17", "-O1", "-g1", ...WARNINGS, ...(sanitize ? SANITIZERS : [])];
  const name = `${basename(path).replace(".", "-")}-${digestOf(sources, flags)}`;
  const program = join(into, name);
  if (existsSync(program)) return program;
  const folder = `${program}.src`;
  const main = writeSources(sources, path, folder);
  compile(main, { folder, flags, program, version: extname(path) === ".mq4" ? 4 : 5 });
  return program;
}

/** A source and all it includes, by path. */
function gather(path: string, seen: Sources = new Map()): Sources {
  const file = resolve(path);
  if (seen.has(file)) return seen;
  const tokens = tokensOf(decode(readFileSync(file)));
  seen.set(file, tokens);
  for (const { kind, text } of tokens) {
    const include = kind === "directive" && /#\s*include\s*([<"])([^>"]+)/.exec(text);
    if (!include) continue;
    const name = (include[2] ?? "").replaceAll("\\", "/");
    gather(join(include[1] === "<" ? library : dirname(file), name), seen);
  }
  return seen;
}

function digestOf(sources: Sources, flags: readonly string[]): string {
  const hash = createHash("sha256").update(flags.join(" "));
  for (const tokens of sources.values()) for (const { text } of tokens) hash.update(text);
  for (const name of readdirSync(shim).sort()) hash.update(readFileSync(join(shim, name)));
  for (const name of ["translate.ts", "tokens.ts"]) {
    hash.update(readFileSync(join(root, "mql", "tools", name)));
  }
  return hash.digest("hex").slice(0, 12);
}

function writeSources(sources: Sources, path: string, folder: string): string {
  let main = "";
  for (const [file, tokens] of sources) {
    const isMain = file === resolve(path);
    const name = file.startsWith(library) ? file.slice(library.length + 1) : basename(file);
    const target = join(folder, isMain ? "main.cpp" : name);
    const { text, inputs } = translate(tokens);
    const head = isMain ? '#include "shim.hpp"\n' : "";
    const binding = inputs.map((input) => `rt::bindInput("${input}", ${input});`).join(" ");
    const tail = isMain ? `\n#line 1 "inputs"\nvoid MqlBindInputs() { ${binding} }\n` : "";
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, `${head}#line 1 "${file}"\n${text}\n${tail}`);
    if (isMain) main = target;
  }
  return main;
}

type Compilation = {
  readonly folder: string;
  readonly flags: readonly string[];
  readonly program: string;
  readonly version: number;
};

function compile(main: string, { folder, flags, program, version }: Compilation): void {
  const unfinished = `${program}.${process.pid}`;
  const args = [...flags, `-DLOCKSTEP_MQL=${version}`, "-I", folder, "-isystem", shim, main];
  args.push("-o", unfinished, ...tlsFlags());
  const { status, stderr } = spawnSync("g++", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  renameSync(unfinished, program);
}

/** TLS in the shim needs OpenSSL's headers; without them a TLS handshake is refused. */
function tlsFlags(): string[] {
  const probe = spawnSync("g++", ["-E", "-x", "c++", "-"], { input: "#include <openssl/ssl.h>\n" });
  return probe.status === 0 ? ["-DLOCKSTEP_TLS", "-lssl", "-lcrypto"] : [];
}
