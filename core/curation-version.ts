/** By itself, since those who only ask for it need none of curation's code. */

/**
 * Raise it whenever the same raw object may come to other rows, keys or bytes than before: with other rules, another encoder,
 * or another version of Zstandard in Node.
 */
export const CURATION_VERSION = 3;
