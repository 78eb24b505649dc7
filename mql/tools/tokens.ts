/**
 * MQL source in tokens that join to the very text again. Strings, characters and comments are whole
 * tokens, so that no later step can mistake their insides for code.
 */

const PATTERN =
  /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>"(?:\\.|[^"\\\n])*")|(?<literal>[CD]'[^'\n]*')|(?<char>'(?:\\.|[^'\\\n])+')|(?<directive>^[ \t]*#[^\n]*)|(?<number>(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?))|(?<word>[A-Za-z_]\w*)|(?<space>\s+)|(?<punct>::|->|&&|\|\||<<=|>>=|<<|>>|[-+*/%&|^=!<>]=|\+\+|--|[\s\S])/gm;

export type Token = { readonly kind: string; readonly text: string; readonly line: number };
export type Placed = Token & { readonly index: number };

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const match of source.matchAll(PATTERN)) {
    const [kind = "punct"] =
      Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? [];
    tokens.push({ kind, text: match[0], line });
    line += match[0].split("\n").length - 1;
  }
  return tokens;
}

/** The tokens that mean something, each with its place among all. */
export function meaningful(tokens: readonly Token[]): Placed[] {
  return tokens
    .map((token, index) => ({ ...token, index }))
    .filter(({ kind }) => kind !== "space" && kind !== "comment");
}

/** What MetaEditor saves is UTF-16 or UTF-8, each with or without a mark. */
export function decode(bytes: Buffer): string {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes
    .toString(wide ? "utf16le" : "utf8")
    .replace(/^\uFEFF/, "")
    .replaceAll("\r\n", "\n");
}
