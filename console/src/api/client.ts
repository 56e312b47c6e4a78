import { QueryClient } from '@tanstack/react-query';
import { ApiFailure } from './request.ts';

/** Everything that was asked, by path: what comes as an event is written here too. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The lake is on this machine: it answers whether or not there is a network.
      networkMode: 'always',
      staleTime: 1000,
      retry: (failures, error) => failures < 1 && !(error instanceof ApiFailure && error.status >= 400),
      retryDelay: 500,
    },
    mutations: { networkMode: 'always', retry: false },
  },
});
