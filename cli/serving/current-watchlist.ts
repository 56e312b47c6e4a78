import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { TickerlakeError } from '../../core/errors.ts';
import { parseWatchlist, type Watchlist } from '../../core/watchlist.ts';

export interface CurrentWatchlist {
  readonly watchlist: Watchlist;
  /** When it began to hold, epoch ms; undefined if no other ever did. */
  readonly sinceMs: number | undefined;
}

/** The watchlist as the filter reads it, and since when. @throws TickerlakeError PARAMETER_UNAVAILABLE or WATCHLIST_MALFORMED */
export async function readCurrentWatchlist(ssm: SSMClient, name: string): Promise<CurrentWatchlist> {
  const { Parameter: parameter } = await ssm
    .send(new GetParameterCommand({ Name: name }))
    .catch((cause: unknown) => {
      throw new TickerlakeError('PARAMETER_UNAVAILABLE', `cannot read the watchlist from parameter ${name}`, {
        cause,
        hint: `aws ssm get-parameter --name ${name}`,
      });
    });
  const watchlist = parseWatchlist(parameter?.Value ?? '');
  const isFirst = parameter?.Version === 1;
  return { watchlist, sinceMs: isFirst ? undefined : (parameter?.LastModifiedDate?.getTime() ?? Date.now()) };
}
