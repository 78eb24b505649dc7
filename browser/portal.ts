/** What runs on every page. A page without it is complete; with it, it is quicker to use. */
import { beginKeys } from "./keys.ts";
import { beginPalette } from "./palette.ts";
import { beginStream } from "./stream.ts";
import { beginTheme } from "./theme.ts";

beginTheme();
beginPalette();
beginKeys();
beginStream();
