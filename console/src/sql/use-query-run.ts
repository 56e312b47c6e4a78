import { useMutation, useQuery } from '@tanstack/react-query';
import type { QueryRequest, QueryRows, QueryState } from '../../api.ts';
import { queryClient } from '../api/client.ts';
import type { ApiFailure } from '../api/request.ts';
import { apiPath, ask, askWithBody } from '../api/request.ts';

const POLL_MS = 250;
const MAX_ROWS = 1000;

export interface QueryRun {
  readonly start: (request: QueryRequest) => void;
  readonly cancel: () => void;
  /** When it was last started, epoch ms; undefined before the first time. */
  readonly startedAtMs: number | undefined;
  readonly isRunning: boolean;
  readonly state: QueryState | undefined;
  readonly rows: QueryRows | undefined;
  readonly error: Pick<ApiFailure, 'message' | 'hint'> | undefined;
}

function isOver(state: QueryState | undefined): boolean {
  return state?.state === 'SUCCEEDED' || state?.state === 'FAILED' || state?.state === 'CANCELLED';
}

/** A query from its start to its rows. */
export function useQueryRun(): QueryRun {
  const started = useMutation<QueryState, ApiFailure, QueryRequest>({
    mutationFn: (request) => askWithBody<QueryState>('/api/queries', request),
    onSuccess: (state) => {
      queryClient.setQueryData([apiPath(['queries', state.id])], state);
    },
  });
  const id = started.data?.id ?? '';
  const path = apiPath(['queries', id]);
  const followed = useQuery<QueryState, ApiFailure>({
    queryKey: [path],
    queryFn: ({ signal }) => ask<QueryState>(path, { signal }),
    enabled: id !== '',
    staleTime: (query) => (isOver(query.state.data) ? Infinity : 0),
    refetchInterval: (query) => (isOver(query.state.data) ? false : POLL_MS),
  });
  const state = id === '' ? undefined : followed.data;
  const rowsPath = apiPath(['queries', id, 'rows'], { limit: MAX_ROWS });
  const rows = useQuery<QueryRows, ApiFailure>({
    queryKey: [rowsPath],
    queryFn: ({ signal }) => ask<QueryRows>(rowsPath, { signal }),
    enabled: state?.state === 'SUCCEEDED',
    staleTime: Infinity,
  });
  const failure = started.error ?? followed.error ?? rows.error;
  return {
    start: started.mutate,
    cancel: () => {
      void ask(path, { method: 'DELETE' })
        .catch(() => undefined)
        .then(() => queryClient.invalidateQueries({ queryKey: [path] }));
    },
    startedAtMs: started.submittedAt === 0 ? undefined : started.submittedAt,
    isRunning:
      failure === null && (started.isPending || (state !== undefined && !isOver(state)) || rows.isLoading),
    state,
    rows: state?.state === 'SUCCEEDED' ? rows.data : undefined,
    error: failure ?? problemOf(state),
  };
}

function problemOf(state: QueryState | undefined): QueryRun['error'] {
  if (state?.state !== 'FAILED') return undefined;
  return { message: state.problem ?? 'The query failed and gave no reason.', hint: state.hint };
}
