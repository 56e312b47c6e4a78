import type { UseQueryResult } from '@tanstack/react-query';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type {
  Activity,
  Alarm,
  Candles,
  CatalogTable,
  LakeInfo,
  LogFile,
  Movers,
  Pipeline,
  SavedQuery,
  Topic,
} from '../../api.ts';
import { useConnection } from './connection.ts';
import { ACTIVITY_PATH, ALARMS_PATH, candlesPath, MOVERS_PATH } from './paths.ts';
import type { ApiFailure } from './request.ts';
import { apiPath, ask } from './request.ts';

export type Answer<T> = UseQueryResult<T, ApiFailure>;

interface AskOptions<T> {
  /** Asked again after so many milliseconds, while the lake is there; it may depend on the last answer. @default never */
  readonly everyMs?: number | ((last: T | undefined) => number | undefined) | undefined;
  /** Whether the last answer stays until the next question's comes. @default false */
  readonly keepsLast?: boolean;
  /** @default true */
  readonly isEnabled?: boolean;
}

/** Asks a question of the API and keeps its answer by path. */
export function useAnswer<T>(
  path: string,
  { everyMs, keepsLast = false, isEnabled = true }: AskOptions<T> = {},
): Answer<T> {
  const { state } = useConnection();
  return useQuery<T, ApiFailure>({
    queryKey: [path],
    queryFn: ({ signal }) => ask<T>(path, { signal }),
    enabled: isEnabled,
    refetchInterval: (query) => {
      const interval = typeof everyMs === 'function' ? everyMs(query.state.data) : everyMs;
      // What was refused is refused again.
      const isRefused = (query.state.error?.status ?? 0) >= 400 && query.state.data === undefined;
      return state === 'live' && interval !== undefined && !isRefused ? interval : false;
    },
    ...(keepsLast ? { placeholderData: keepPreviousData } : {}),
  });
}

export const useLake = (): Answer<LakeInfo> => useAnswer(apiPath(['lake']), { everyMs: 5_000 });
export const usePipeline = (): Answer<Pipeline> => useAnswer(apiPath(['pipeline']));
export const useActivity = (): Answer<Activity> => useAnswer(ACTIVITY_PATH[0]);
export const useMovers = (): Answer<Movers> => useAnswer(MOVERS_PATH[0]);
export const useAlarms = (): Answer<readonly Alarm[]> => useAnswer(ALARMS_PATH[0], { everyMs: 5_000 });
export const useTopics = (): Answer<readonly Topic[]> => useAnswer(apiPath(['topics']), { everyMs: 2_000 });
export const useLogs = (): Answer<readonly LogFile[]> => useAnswer(apiPath(['logs']), { everyMs: 5_000 });
export const useCatalog = (): Answer<readonly CatalogTable[]> => useAnswer(apiPath(['catalog']));
export const useSavedQueries = (): Answer<readonly SavedQuery[]> => useAnswer(apiPath(['saved-queries']));

/** Events bring what changes; now and then the whole is asked, in case one was missed. */
export const useCandles = (symbol: string, minutes: number): Answer<Candles> =>
  useAnswer(candlesPath(symbol, minutes)[0], { everyMs: 30_000 });
