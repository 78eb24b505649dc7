/**
 * The session in a browser: a cookie that no script reads and no other host can set. Where the portal
 * is reached by https it is bound to its host and sent over TLS only; on plain http, which is for this
 * machine alone, browsers take neither.
 */
import { createHmac } from "node:crypto";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { SESSION_MS_MAX } from "../../identity/people/sessions.ts";

const NAME = "lockstep-session";

export class SessionCookie {
  readonly #secure: boolean;

  /** `baseUrl`: how the portal is reached. */
  constructor(baseUrl: string) {
    this.#secure = baseUrl.startsWith("https:");
  }

  read(context: Context): string | null {
    return getCookie(context, NAME, this.#prefix) || null;
  }

  /** What the forms of this session carry: nobody makes it up who has not the cookie itself. */
  formToken(context: Context): string | null {
    const token = this.read(context);
    return token === null ? null : formTokenOf(token);
  }

  set(context: Context, token: string): void {
    this.#write(context, token, SESSION_MS_MAX / 1_000);
  }

  clear(context: Context): void {
    this.#write(context, "", 0);
  }

  get #prefix(): "host" | undefined {
    return this.#secure ? "host" : undefined;
  }

  #write(context: Context, value: string, maxAge: number): void {
    setCookie(context, NAME, value, {
      ...{ path: "/", httpOnly: true, sameSite: "Lax", maxAge, secure: this.#secure },
      ...(this.#secure ? { prefix: "host" as const } : {}),
    });
  }
}

export const formTokenOf = (sessionToken: string): string =>
  createHmac("sha256", sessionToken).update("lockstep form").digest("base64url");
