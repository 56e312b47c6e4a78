/** Which objects of partitions a query asks for. */
import type { ProofLake } from './proof-lake.ts';

/** Runs some work, and says what was opened meanwhile: data files by their partition, neither Iceberg's metadata nor results. */
export async function openedBy<Result>(
  { lake }: ProofLake,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly opened: readonly string[] }> {
  const opened = new Set<string>();
  const watcher = lake.gateway.intercept(
    ({ operation, key }) => operation === 'GetObject' && /(?:^|\/)(?:dt|kafka_partition)=/.test(key ?? ''),
    async ({ request, forward }) => {
      opened.add(request.key ?? '');
      await forward();
    },
  );
  try {
    return { result: await work(), opened: [...opened] };
  } finally {
    watcher.remove();
  }
}
