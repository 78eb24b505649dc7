/**
 * Handlebars, compiled once at start from templates/{layouts,partials,pages}.
 * What comes from outside is data and always escaped: no template is made from it, and no template
 * here uses the triple stash. A missing or broken template fails the start, not a request.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Handlebars from "handlebars";
import { LockstepError } from "../domain/errors.ts";

export type Render = (page: string, context: Readonly<Record<string, unknown>>) => string;

const EXTENSION = ".hbs";
const COMPILE: CompileOptions = {
  knownHelpers: { asset: true },
  knownHelpersOnly: true,
  preventIndent: true,
};

/** Into every form that changes something: none can be written that lacks it. */
const FORM_TOKEN =
  '{{#if @root.shell.formToken}}<input type="hidden" name="form-token" value="{{@root.shell.formToken}}">{{/if}}';

const withFormToken = (text: string): string =>
  text.replace(/<form\b[^>]*\bmethod="post"[^>]*>/g, (tag) => tag + FORM_TOKEN);

/** `asset` gives the address of a file under /assets. */
export function createRenderer(folder: string, asset: (name: string) => string): Render {
  const engine = Handlebars.create();
  engine.registerHelper("asset", asset);
  for (const [name, text] of [
    ...templatesIn(join(folder, "layouts")),
    ...templatesIn(join(folder, "partials")),
  ]) {
    engine.registerPartial(name, engine.compile(text, COMPILE));
  }
  const pages = new Map(
    templatesIn(join(folder, "pages")).map(([name, text]) => [name, engine.compile(text, COMPILE)]),
  );
  return (page, context) => {
    const template = pages.get(page);
    if (template === undefined) throw new LockstepError("NOT_FOUND", { what: "page", page });
    return template(context);
  };
}

function templatesIn(folder: string): [string, string][] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => [
      file.slice(0, -EXTENSION.length),
      withFormToken(readFileSync(join(folder, file), "utf8")),
    ]);
}
