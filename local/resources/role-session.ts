/** Credentials of a role that are renewed before they end. */
import type { AwsCredentials, Gateway } from '../gateway/index.ts';

const RENEWAL_MARGIN_MS = 5 * 60_000;

/** Gives the session's credentials, the same until they are about to end. */
export function roleSession(
  gateway: Pick<Gateway, 'issueCredentials'>,
  roleName: string,
  sessionName: string,
): () => AwsCredentials {
  let current: AwsCredentials | undefined;
  return () => {
    if (current === undefined || current.expiration.getTime() - RENEWAL_MARGIN_MS < Date.now()) {
      current = gateway.issueCredentials(roleName, sessionName);
    }
    return current;
  };
}
