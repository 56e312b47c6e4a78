/** By itself, since those who only ask for it need none of curation's code. */

/** Raise it whenever the same raw object may come to other rows, keys or bytes than before. */
export const CURATION_VERSION = 3;
