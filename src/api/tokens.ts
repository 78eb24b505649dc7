/** Short-lived tokens of a key. */
import { z } from "zod";
import { PERMISSION_NAMES, type Permission } from "../identity/permissions.ts";
import { makeToken, TOKEN_SECONDS_MAX, type TokenDeps } from "../identity/tokens/service.ts";
import { type Route, route } from "./route.ts";
import { instantOut } from "./schema.ts";

const SCOPE = z.enum(PERMISSION_NAMES as [Permission, ...Permission[]]);
const SECONDS_MIN = 30;
const SECONDS = 300;

export function tokenRoutes(deps: TokenDeps): readonly Route[] {
  return [
    route({
      ...{ name: "createToken", method: "post", path: "/tokens", tag: "Keys", status: 201 },
      permission: "tokens:write",
      summary: "Makes a token that has a part of this key's rights, for minutes.",
      description:
        "For a page, a terminal or a stream that should not hold the key itself. Send it as `Authorization: Bearer …` like a key. It ends by itself, and with its key.",
      body: z.strictObject({
        scopes: z.array(SCOPE).min(1),
        seconds: z.int().min(SECONDS_MIN).max(TOKEN_SECONDS_MAX).default(SECONDS),
      }),
      answer: z
        .strictObject({
          token: z.string().describe("Shown this once."),
          token_type: z.literal("Bearer"),
          scopes: z.array(SCOPE),
          expires_at: instantOut(),
        })
        .meta({ id: "Token" }),
      example: { body: { scopes: ["accounts:read"], seconds: 60 } },
      async run({ principal, body }) {
        const { token, scopes, expiresAt } = await makeToken(deps, principal, body);
        return {
          ...{ token, token_type: "Bearer" as const, scopes: [...scopes] },
          expires_at: new Date(expiresAt),
        };
      },
    }),
  ];
}
