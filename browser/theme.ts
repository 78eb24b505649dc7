/** The theme at once, without loading anew; the server reads the cookie for the next page. */
import { byId } from "./dom.ts";

const KEEP_S = 31_536_000;

export function beginTheme(): void {
  const root = document.documentElement;
  const form = byId("theme");
  const buttons = [...form.querySelectorAll<HTMLButtonElement>("button")];
  form.addEventListener("submit", (event) => {
    if (!(event.submitter instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const { value } = event.submitter;
    root.dataset["theme"] = value;
    for (const button of buttons)
      button.setAttribute("aria-pressed", String(button.value === value));
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie store is not in every browser
    document.cookie = `theme=${value}; path=/; max-age=${KEEP_S}; samesite=strict`;
    document.dispatchEvent(new Event("theme"));
  });
}
