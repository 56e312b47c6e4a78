/** Lists that come in pages. A token is the place at which the next page begins. */
import { text } from '../actions/call.ts';
import { invalidRequest } from './errors.ts';
import { boundedCount, type Members } from './members.ts';

const MAX_PAGE = 50;

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly NextToken: string | undefined;
}

export const writeToken = (position: number): string => Buffer.from(`row:${position}`).toString('base64url');

/** @throws AwsError for a token that was not written here, worded by `refuse` */
export function readToken(
  members: Members,
  refuse: (token: string) => string = (token) => `The nextPageToken is malformed: ${token}`,
): number {
  const token = text(members, 'NextToken');
  if (token === undefined) return 0;
  const position = /^row:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (position === undefined) throw invalidRequest(refuse(token));
  return Number(position);
}

/** The page that NextToken and MaxResults ask for; the model of some lists has 0 for the most that there is. */
export function pageOf<Item>(all: readonly Item[], members: Members, least = 0): Page<Item> {
  const asked = boundedCount(members, 'MaxResults', { least, most: MAX_PAGE, otherwise: MAX_PAGE });
  const size = asked === 0 ? MAX_PAGE : asked;
  const from = readToken(members);
  const end = from + size;
  return { items: all.slice(from, end), NextToken: end < all.length ? writeToken(end) : undefined };
}
