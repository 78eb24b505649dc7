/**
 * What a browser may do with our pages, and who may ask for them.
 * Scripts and styles come from our own files only, nothing inline, and no script may write HTML.
 * A hub on a loopback address answers only to its own names, so that a foreign page that points a
 * name of its own at 127.0.0.1 (DNS rebinding) cannot read it.
 */
import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { isPlainText } from "./fields.ts";

export function pageSecurity(): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["'none'"],
    },
    xFrameOptions: "DENY",
    // To our own pages only: without it a form would come from nowhere, and be refused.
    referrerPolicy: "same-origin",
    permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
    // Whoever ends TLS in front of the hub decides on this: it binds the whole host name.
    strictTransportSecurity: false,
  });
}

/** Refuses requests for any other host; with no list given every name is accepted. */
export function onlyHosts(hosts: readonly string[] | undefined): MiddlewareHandler {
  const allowed =
    hosts === undefined ? undefined : new Set(hosts.map((host) => host.toLowerCase()));
  return async (context, next) => {
    const host = new URL(context.req.url).hostname.toLowerCase();
    if (allowed !== undefined && !allowed.has(host)) return context.text("Not served here.", 421);
    return next();
  };
}

/** Refuses a browser that asks on behalf of a page of another site. */
export const onlySameSite: MiddlewareHandler = async (context, next) => {
  const site = context.req.header("sec-fetch-site");
  if (site === "cross-site") return context.text("Not for other sites.", 403);
  return next();
};

/** Refuses addresses whose percent-encoding is broken or hides a NUL: no page has such a one. */
export const onlyPlainAddresses: MiddlewareHandler = async (context, next) => {
  const { pathname, search } = new URL(context.req.url);
  if (!isPlainText(pathname) || !isPlainText(search)) return context.text("Not an address.", 400);
  return next();
};
