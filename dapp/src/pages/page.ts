/** What every page of its own has in common. */

import type { Snapshot } from "../follow";
import type { History } from "../history";
import type { Found } from "../reports";
import type { Rounds } from "../rounds";

/** All that pages show, as known by now. */
export interface State {
  snapshot: Snapshot;
  /** All reports found so far, by the page's own search and the reader's. */
  reports: Found | undefined;
  history: History;
  rounds: Rounds | undefined;
}

/** One page, in the document. */
export interface Page {
  /** The heading, which takes the focus when the page is opened. */
  title(): string;
  /** Shows what is known by now; called whenever that changed. */
  update(state: State): void;
  /** Ends what it has begun; its elements are removed by the caller. */
  close(): void;
}
