/** How DuckDB is told which files to read. */
import { notSupported } from './errors.ts';
import { type DataObject, type ListedPartition, rootOf } from './objects.ts';
import { literal } from './sql-text.ts';

/**
 * The files of `wanted`, as literals. A folder that is wanted whole is named by a pattern: DuckDB then learns sizes from one
 * listing, where each file named by itself costs a request of its own. Any other file is named by itself.
 * @param partitions everything that was listed in those places
 * @throws QueryFailure NOT_SUPPORTED for a name that would read as a pattern
 */
export function fileList(
  partitions: readonly ListedPartition[],
  wanted: readonly ListedPartition[],
): string[] {
  const present = countByFolder(partitions);
  const mixed = new Set(partitions.filter(({ hasOthers }) => hasOthers).map(place));
  const files: string[] = [];
  for (const partition of wanted) {
    const odd = partition.objects.find(({ key }) => /[*?[\]]/.test(key));
    if (odd !== undefined)
      throw notSupported(
        `s3://${partition.bucket}/${odd.key} has one of * ? [ ] in its name`,
        'the local engine reads objects without them',
      );
    const folders = Map.groupBy(partition.objects, ({ key }) => folderOf(key));
    for (const [folder, objects] of folders) {
      const path = `${rootOf(partition)}/${folder}`;
      // A file at home costs no request, and files of before may lie beside it.
      const isWhole =
        partition.root === undefined && !mixed.has(place(partition)) && present.get(path) === objects.length;
      if (isWhole) files.push(literal(`${path}*`));
      else files.push(...objects.map(({ key }) => literal(`${rootOf(partition)}/${key}`)));
    }
  }
  return files;
}

function countByFolder(partitions: readonly ListedPartition[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const partition of partitions)
    for (const { key } of partition.objects) {
      const path = `${rootOf(partition)}/${folderOf(key)}`;
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  return counts;
}

function folderOf(key: DataObject['key']): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

function place({ bucket, prefix }: ListedPartition): string {
  return `s3://${bucket}/${prefix}`;
}
