/** What runs on every page. A page without it is complete; with it, it is quicker to use. */
import { beginGrid } from "./grid.ts";
import { beginKeys } from "./keys.ts";
import { beginPalette } from "./palette.ts";
import { beginPolls } from "./poll.ts";
import { beginStream } from "./stream.ts";
import { beginTheme } from "./theme.ts";

beginTheme();
beginPalette();
beginKeys();
// Before the stream begins: the grid says which rows it wants.
beginGrid();
beginStream();
beginPolls();
