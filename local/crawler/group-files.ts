/**
 * Which files make a table, and which folders its partitions.
 * https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-folder-table-partition.html
 * https://docs.aws.amazon.com/glue/latest/dg/crawler-grouping-policy.html
 */
import type { FileShape } from './classify-file.ts';
import type { Column } from './csv-classifier.ts';

/** A file that was looked at, or one that counts and was not, since enough of its folder were. */
export interface FoundFile {
  /** The whole key in its bucket. */
  readonly key: string;
  readonly bytes: number;
  readonly shape: FileShape | undefined;
}

export interface FilePartition {
  readonly values: readonly string[];
  /** Key prefix that ends with a slash. */
  readonly folder: string;
}

export interface FileTable {
  /** Last part of the location, for the table's name. */
  readonly label: string;
  /** Key prefix: of a folder, with a slash at its end; of a file by itself, its key. */
  readonly location: string;
  readonly shape: FileShape;
  readonly columns: readonly Column[];
  readonly partitionKeys: readonly string[];
  readonly partitions: readonly FilePartition[];
  readonly files: readonly FoundFile[];
  /** Files that lie there and that the table cannot read, since most have another form. */
  readonly unreadable: readonly FoundFile[];
}

export interface Grouping {
  /** Files of one form make one table whatever their columns are. */
  readonly combineCompatibleSchemas: boolean;
  /** Folders from the bucket (which is 1) down to where tables are. @default where the folders' schemas say */
  readonly tableLevel: number | undefined;
}

/** Schemas that share this part of their columns are similar: https://repost.aws/knowledge-center/glue-crawler-detect-schema */
const SIMILAR = 0.7;

/** The tables over a target's files. `root` is the target's key prefix, empty or with a slash at its end. */
export function groupFiles(
  bucket: string,
  root: string,
  files: readonly FoundFile[],
  grouping: Grouping,
): readonly FileTable[] {
  const { tableLevel } = grouping;
  if (tableLevel === undefined) return tablesUnder(bucket, root, files, grouping);
  const folders = Map.groupBy(files, ({ key }) => {
    const parts = key.split('/').slice(0, -1);
    return folderOf(parts.slice(0, tableLevel - 1));
  });
  return [...folders].flatMap(([folder, inside]) => {
    if (!isEven(folder, inside)) return tablesUnder(bucket, folder, inside, grouping);
    // "The table is created at that absolute level": https://docs.aws.amazon.com/glue/latest/dg/crawler-table-level.html
    // AWS does not say of which form where files have several. The one that most have reads most of them.
    const byForm = Map.groupBy(inside, ({ shape }) => (shape === undefined ? '' : formOf(shape)));
    byForm.delete('');
    const [most, ...others] = [...byForm.values()].toSorted((a, b) => b.length - a.length);
    if (most === undefined) return [];
    const unreadable = others.flat();
    const files = inside.filter((file) => !unreadable.includes(file));
    return [{ ...tableAt(bucket, folder, files, leavesOf(files)), unreadable }];
  });
}

function leavesOf(files: readonly FoundFile[]): ReadonlyMap<string, readonly FoundFile[]> {
  return Map.groupBy(files, ({ key }) => key.slice(0, key.lastIndexOf('/') + 1));
}

/** Whether all files lie as deep as each other, so that folders can be partitions. */
function isEven(root: string, files: readonly FoundFile[]): boolean {
  return new Set(files.map(({ key }) => key.slice(root.length).split('/').length)).size <= 1;
}

function tablesUnder(
  bucket: string,
  root: string,
  files: readonly FoundFile[],
  grouping: Grouping,
): readonly FileTable[] {
  const known = files.filter((file) => file.shape !== undefined);
  if (known.length === 0) return [];
  if (isEven(root, files) && isOneTable(known, grouping))
    return [tableAt(bucket, root, files, leavesOf(files))];
  // Files of several forms in one folder cannot share a SerDe: each is a table by itself.
  const own = known.filter(({ key }) => !key.slice(root.length).includes('/'));
  const ownTables = isOneTable(own, grouping)
    ? own.length === 0
      ? []
      : [tableAt(bucket, root, own, new Map([[root, own]]))]
    : own.map((file) => tableOfFile(file));
  const below = files.filter(({ key }) => key.slice(root.length).includes('/'));
  const children = Map.groupBy(below, ({ key }) => key.slice(0, key.indexOf('/', root.length) + 1));
  return [
    ...ownTables,
    ...[...children].flatMap(([folder, inside]) => tablesUnder(bucket, folder, inside, grouping)),
  ];
}

/** Whether the files have one form and, unless schemas are to be combined, columns that are alike. */
function isOneTable(files: readonly FoundFile[], { combineCompatibleSchemas }: Grouping): boolean {
  const shapes = files.flatMap(({ shape }) => (shape === undefined ? [] : [shape]));
  const [first] = shapes;
  if (first === undefined) return true;
  if (shapes.some((shape) => formOf(shape) !== formOf(first))) return false;
  const all = mergeColumns(shapes);
  return (
    combineCompatibleSchemas ||
    all.length === 0 ||
    shapes.every(({ columns }) => columns.length / all.length >= SIMILAR)
  );
}

/** What has to be the same for one SerDe to read both. */
function formOf(shape: FileShape): string {
  if (shape.format === 'UNKNOWN') return shape.format;
  return JSON.stringify([shape.format, shape.delimiter, shape.quote, shape.serde, shape.hasHeader]);
}

function tableAt(
  bucket: string,
  root: string,
  files: readonly FoundFile[],
  leaves: ReadonlyMap<string, readonly FoundFile[]>,
): FileTable {
  const shapes = files.flatMap(({ shape }) => (shape === undefined ? [] : [shape]));
  const levels = [...leaves.keys()].map((folder) => folder.slice(root.length).split('/').slice(0, -1));
  const partitionKeys = (levels[0] ?? []).map((_, level) =>
    partitionKey(
      levels.map((path) => path[level] ?? ''),
      level,
    ),
  );
  return {
    label: root.split('/').at(-2) ?? bucket,
    location: root,
    shape: shapes[0] ?? { format: 'UNKNOWN', columns: [] },
    columns: mergeColumns(shapes),
    partitionKeys,
    partitions:
      partitionKeys.length === 0
        ? []
        : [...leaves.keys()].toSorted().map((folder) => ({
            values: folder.slice(root.length).split('/').slice(0, -1).map(partitionValue),
            folder,
          })),
    files,
    unreadable: [],
  };
}

function tableOfFile(file: FoundFile): FileTable {
  const shape = file.shape ?? { format: 'UNKNOWN', columns: [] };
  return {
    label: file.key.slice(file.key.lastIndexOf('/') + 1),
    location: file.key,
    shape,
    columns: shape.columns,
    partitionKeys: [],
    partitions: [],
    files: [file],
    unreadable: [],
  };
}

/** The name that all folders of a level give (`year=2017`), else `partition_0`, `partition_1`, … */
function partitionKey(folders: readonly string[], level: number): string {
  const names = new Set(folders.map((folder) => /^([^=]+)=/.exec(folder)?.[1]?.toLowerCase()));
  const [name] = names;
  return names.size === 1 && name !== undefined ? name : `partition_${level}`;
}

function partitionValue(folder: string): string {
  return /^[^=]+=(.*)$/s.exec(folder)?.[1] ?? folder;
}

/** Every column in the order it is first seen; one of several types is what holds them all. */
function mergeColumns(shapes: readonly FileShape[]): readonly Column[] {
  const types = new Map<string, string>();
  for (const { name, type } of shapes.flatMap(({ columns }) => columns)) {
    types.set(name, widerType(types.get(name) ?? type, type));
  }
  return [...types].map(([name, type]) => ({ name, type }));
}

function widerType(one: string, other: string): string {
  if (one === other) return one;
  return [one, other].every((type) => type === 'bigint' || type === 'double') ? 'double' : 'string';
}

function folderOf(parts: readonly string[]): string {
  return parts.length === 0 ? '' : `${parts.join('/')}/`;
}
