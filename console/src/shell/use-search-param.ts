import { useSearchParams } from 'wouter';

/**
 * A value kept in the address, so that it can be sent as a link; empty text where there is none. Setting it replaces the address:
 * a filter is no page to go back to. What depends on it is cleared with it.
 */
export function useSearchParam(
  name: string,
  dependents: readonly string[] = [],
): readonly [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams();
  const change = (value: string) => {
    setSearch(
      (last) => {
        const next = new URLSearchParams(last);
        for (const each of [name, ...dependents]) next.delete(each);
        if (value !== '') next.set(name, value);
        return next;
      },
      { replace: true },
    );
  };
  return [search.get(name) ?? '', change];
}
