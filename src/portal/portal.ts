/**
 * The contract of a page: a path, who may ask, and a function that answers with a template and what
 * it shows; a form is a path, who may ask, and a function that does it and says where to go on. What
 * a page throws becomes a page that says what is safe.
 */
import { timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { LockstepError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import { type Guard, type Policy, principalOf } from "../identity/policy.ts";
import type { Principal } from "../identity/principal.ts";
import { type Fields, fieldsOf } from "./fields.ts";
import type { Render } from "./renderer.ts";
import { type PageHead, type ShellOptions, sayNext, shellOf } from "./shell.ts";

export type PageAnswer = {
  /** A template of templates/pages. */
  readonly page: string;
  readonly head: PageHead;
  readonly view?: Readonly<Record<string, unknown>>;
  readonly status?: 200 | 400 | 403 | 404 | 409;
};

/** Where a form leads: another page, with a sentence that it shows once. */
export type Next = { readonly to: string; readonly say?: string };

export type Asked = {
  readonly context: Context;
  readonly principal: Principal;
  readonly query: (name: string) => string;
  readonly param: (name: string) => string;
  readonly now: Instant;
};

export type PortalParts = {
  readonly guard: Guard;
  readonly render: Render;
  readonly shell: ShellOptions;
  readonly formToken: FormTokenOf;
};

/** What a form of whoever asks has to carry; null where it has to carry nothing. */
export type FormTokenOf = (context: Context) => string | null;

/** Where a template puts it (renderer.ts). */
const FORM_TOKEN = "form-token";
const STANDS_FOR_NOTHING = "";

export class Portal {
  readonly guard: Guard;
  readonly #parts: PortalParts;

  constructor(parts: PortalParts) {
    this.guard = parts.guard;
    this.#parts = parts;
  }

  page(
    path: string,
    policy: Policy,
    answer: (asked: Asked) => PageAnswer | Promise<PageAnswer>,
  ): void {
    this.guard.on("GET", path, policy, async (context) =>
      this.show(context, await answer(this.#asked(context))),
    );
  }

  /** What a script of a page asks for. */
  data(path: string, policy: Policy, answer: (asked: Asked) => Promise<object>): void {
    this.guard.on("GET", path, policy, async (context) => {
      const body = await answer(this.#asked(context));
      context.header("Cache-Control", "no-store");
      return context.json(body);
    });
  }

  /** The answer is a page (something is to be put right, or confirmed) or where to go next. */
  form(
    path: string,
    policy: Policy,
    act: (asked: Asked, fields: Fields) => PageAnswer | Next | Promise<PageAnswer | Next>,
  ): void {
    this.guard.on("POST", path, policy, async (context) => {
      const fields = await fieldsOf(context);
      this.#refuseForeign(context, fields);
      const answer = await act(this.#asked(context), fields);
      if ("page" in answer) return this.show(context, answer);
      if (answer.say !== undefined) sayNext(context, answer.say);
      return context.redirect(answer.to, 303);
    });
  }

  show(context: Context, { page, head, view = {}, status = 200 }: PageAnswer): Response {
    const html = this.text(context, { page, head, view });
    context.header("Cache-Control", "no-store");
    return context.html(html, status) as Response;
  }

  text(context: Context, { page, head, view = {} }: PageAnswer): string {
    return this.#parts.render(page, {
      ...view,
      blank: {},
      shell: {
        ...shellOf(context, head, this.#parts.shell),
        formToken: this.#parts.formToken(context),
      },
    });
  }

  /** FORBIDDEN for a form that no page of this hub gave to who sends it. */
  #refuseForeign(context: Context, fields: Fields): void {
    const token = this.#parts.formToken(context);
    if (token === null || isSame(token, fields.get(FORM_TOKEN))) return;
    throw new LockstepError("FORBIDDEN", { form: "stale" });
  }

  #asked(context: Context): Asked {
    const { shell } = this.#parts;
    return {
      context,
      get principal() {
        return principalOf(context);
      },
      query: (name) => context.req.query(name) ?? STANDS_FOR_NOTHING,
      param: (name) => paramOf(context, name),
      now: shell.now(),
    };
  }
}

/** `:id` of a path is a UUID, whatever it names: nothing else is looked for. NOT_FOUND otherwise. */
function paramOf(context: Context, name: string): string {
  const value = context.req.param(name) ?? STANDS_FOR_NOTHING;
  if (name === "id" && !UUID.test(value)) throw new LockstepError("NOT_FOUND", { id: "no UUID" });
  return value;
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
