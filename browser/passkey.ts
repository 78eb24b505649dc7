/**
 * The part of a passkey that only a browser can play: it asks the device, and sends what the device
 * says as the form's field. What is asked stands in the form, so that nothing is fetched.
 */
const UNABLE = "This browser cannot use passkeys. Go back and use another way.";
const CANCELLED = "The device did not answer. Try again, or go back and use another way.";

function beginPasskey(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-passkey]");
  if (form === null) return;
  const field = form.elements.namedItem("response");
  if (!(field instanceof HTMLInputElement)) return;
  const ask = (): Promise<void> => answer(form, field);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void ask();
  });
  // What was refused is not asked for again until somebody wants it.
  if (form.dataset["auto"] === "yes") void ask();
}

async function answer(form: HTMLFormElement, field: HTMLInputElement): Promise<void> {
  if (
    !("PublicKeyCredential" in window) ||
    !("parseRequestOptionsFromJSON" in PublicKeyCredential)
  ) {
    say(UNABLE);
    return;
  }
  const said = await credentialFor(form).catch(() => null);
  if (!(said instanceof PublicKeyCredential)) {
    say(CANCELLED);
    return;
  }
  field.value = JSON.stringify(said.toJSON());
  // Not by the event that asked: it would be asked again.
  form.submit();
}

function credentialFor(form: HTMLFormElement): Promise<Credential | null> {
  const options = JSON.parse(form.dataset["options"] ?? "{}");
  return form.dataset["passkey"] === "create"
    ? navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
      })
    : navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
      });
}

function say(words: string): void {
  const place = document.getElementById("passkey-fault");
  if (place === null) return;
  place.textContent = words;
  place.hidden = false;
}

beginPasskey();

export {};
