/** The people of a hub: who they are, what they may do, whose accounts are theirs. */
import type { Instant } from "../../domain/instant.ts";
import { invite, resetToken } from "../../identity/people/links.ts";
import {
  accountsFor,
  findPerson,
  listPeople,
  setAccounts,
  setDisabled,
  setRoles,
} from "../../identity/people/manage.ts";
import { endTotpOf } from "../../identity/people/second-factor.ts";
import type { Person } from "../../identity/people/store.ts";
import { allows } from "../../identity/permissions.ts";
import { isFresh, type Principal, ROLES, type Role } from "../../identity/principal.ts";
import type { Fields } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { dateTime } from "../view/format.ts";
import { faultWords, formPage, type IdentityParts, peopleOf } from "./parts.ts";

export function addPeople(portal: Portal, parts: IdentityParts): void {
  portal.page("/people", "people:read", (asked) => peoplePage(parts, asked));
  portal.form("/people", "people:write", (asked, fields) => invited(parts, asked, fields));
  portal.page("/people/:id", "people:read", (asked) => personPage(parts, asked));
  portal.form("/people/:id/roles", "people:write", (asked, fields) =>
    changed(parts, asked, "The roles are set.", (personId) =>
      setRoles(peopleOf(parts), asked.principal, { personId, roles: rolesOf(fields) }),
    ),
  );
  portal.form("/people/:id/accounts", "people:write", (asked, fields) =>
    changed(parts, asked, "The accounts are set.", (personId) =>
      setAccounts(peopleOf(parts), asked.principal, { personId, accounts: fields.all("account") }),
    ),
  );
  portal.form("/people/:id/disabled", "people:write", (asked, fields) => {
    const disabled = fields.get("disabled") === "yes";
    const words = disabled
      ? "They are out, and every session has ended."
      : "They may come in again.";
    return changed(parts, asked, words, (personId) =>
      setDisabled(peopleOf(parts), asked.principal, { personId, disabled }),
    );
  });
  portal.form("/people/:id/factor", "people:write", (asked) => {
    const { tenantId, actor, address } = asked.principal;
    return changed(parts, asked, "The second factor is off, and every session has ended.", (id) =>
      endTotpOf(peopleOf(parts), { tenantId, personId: id }, { by: actor.name, address }),
    );
  });
  portal.form("/people/:id/reset", "people:write", (asked) => resetLink(parts, asked));
}

const confirmAt = (principal: Principal, now: Instant, page: string): string | null =>
  isFresh(principal, now) ? null : `/confirm?next=${encodeURIComponent(page)}`;

const rolesOf = (fields: Fields): readonly Role[] => {
  const ticked = fields.all("role");
  return ROLES.filter((role) => ticked.includes(role));
};

type Typed = {
  readonly email?: string;
  readonly ticked?: readonly Role[];
  readonly fault?: string;
};

async function peoplePage(
  parts: IdentityParts,
  { principal, now }: Asked,
  { email = "", ticked = ["subscriber"], fault }: Typed = {},
): Promise<PageAnswer> {
  const deps = peopleOf(parts);
  const people = await listPeople(deps, principal);
  return formPage(
    { page: "people", title: "People", lead: "Who may come in, and what each may do." },
    {
      ...{ email, ...(fault === undefined ? {} : { fault }) },
      people: people.map(rowOf),
      mayWrite: allows(principal, "people:write"),
      confirmAt: confirmAt(principal, now, "/people"),
      mails: deps.mail !== null,
      roles: ROLES.map((role) => ({ role, ticked: ticked.includes(role) })),
    },
  );
}

const rowOf = (person: Person) => ({
  personId: person.personId,
  name: person.name,
  email: person.email,
  roles: person.roles.join(", ") || "none",
  factor: person.hasTotp ? "on" : "off",
  hasTotp: person.hasTotp,
  since: dateTime(person.createdAt.getTime()),
  disabled: person.disabledAt !== null,
});

async function invited(parts: IdentityParts, asked: Asked, fields: Fields): Promise<PageAnswer> {
  const [email, ticked] = [fields.get("email"), rolesOf(fields)];
  const deps = peopleOf(parts);
  try {
    const url = await invite(deps, asked.principal, { email, roles: ticked });
    return linkPage({ title: "Invited", email, url, mailed: deps.mail !== null, lasts: "a week" });
  } catch (error) {
    return peoplePage(parts, asked, { email, ticked, fault: faultWords(error) });
  }
}

type LinkView = {
  readonly title: string;
  readonly email: string;
  readonly url: string;
  readonly mailed: boolean;
  readonly lasts: string;
};

const linkPage = ({ title, ...view }: LinkView): PageAnswer =>
  formPage({ page: "link", title }, view);

async function personPage(
  parts: IdentityParts,
  { principal, param, now }: Asked,
  fault?: string,
): Promise<PageAnswer> {
  const deps = peopleOf(parts);
  const person = await findPerson(deps, principal.tenantId, param("id"));
  const accounts = await accountsFor(deps, principal.tenantId, person.personId);
  const all = person.roles.includes("admin") || person.roles.includes("operator");
  return {
    ...formPage(
      { page: "person", title: person.name, lead: person.email },
      {
        ...rowOf(person),
        ...(fault === undefined ? {} : { fault }),
        all,
        mayWrite: allows(principal, "people:write"),
        confirmAt: confirmAt(principal, now, `/people/${person.personId}`),
        choices: ROLES.map((role) => ({ role, ticked: person.roles.includes(role) })),
        accounts,
      },
    ),
  };
}

async function changed(
  parts: IdentityParts,
  asked: Asked,
  say: string,
  act: (personId: string) => Promise<unknown>,
): Promise<PageAnswer | Next> {
  const personId = asked.param("id");
  await findPerson(peopleOf(parts), asked.principal.tenantId, personId);
  try {
    await act(personId);
    return { to: `/people/${personId}`, say };
  } catch (error) {
    return personPage(parts, asked, faultWords(error));
  }
}

/** Shown to the admin, who passes it on: the hub may have no mail, and theirs may be lost. */
async function resetLink(parts: IdentityParts, { principal, param }: Asked): Promise<PageAnswer> {
  const deps = peopleOf(parts);
  const { tenantId, actor } = principal;
  const { email } = await findPerson(deps, tenantId, param("id"));
  const token = await resetToken(deps, { tenantId, email, by: actor.name });
  const url = `${deps.baseUrl}/reset/${token ?? ""}`;
  return linkPage({
    title: "A link for a new password",
    email,
    url,
    mailed: false,
    lasts: "an hour",
  });
}
