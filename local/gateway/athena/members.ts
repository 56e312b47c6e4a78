/** Members of requests, refused as Athena's model of its API refuses them. */
import { text } from '../actions/call.ts';
import { invalidRequest } from './errors.ts';

export type Members = Readonly<Record<string, unknown>>;

const broken = (member: string, value: string, constraint: string): Error =>
  invalidRequest(
    `1 validation error detected: Value ${value}at '${lowerFirst(member)}' failed to satisfy constraint: Member must ${constraint}`,
  );

/** @throws AwsError InvalidRequestException */
export function requiredText(members: Members, member: string): string {
  const value = text(members, member);
  if (value === undefined) throw broken(member, 'null ', 'not be null');
  if (value === '') throw broken(member, '', 'have length greater than or equal to 1');
  return value;
}

/** @throws AwsError InvalidRequestException for what is absent or of another form */
export function requiredName(members: Members, member: string, pattern: RegExp): string {
  const value = requiredText(members, member);
  if (pattern.test(value)) return value;
  throw broken(member, `'${value}' `, `satisfy regular expression pattern: ${pattern.source.slice(1, -1)}`);
}

/** A whole number within bounds. */
export function boundedCount(
  members: Members,
  member: string,
  { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: number },
): number {
  const value = members[member] ?? otherwise;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw invalidRequest(`${member} is no integer`);
  if (value < least) throw broken(member, '', `have value greater than or equal to ${least}`);
  if (value > most) throw broken(member, '', `have value less than or equal to ${most}`);
  return value;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
