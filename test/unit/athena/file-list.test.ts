/** Folders that are wanted whole are named by a pattern, any other file by itself. */
import { expect, test } from '@jest/globals';
import { fileList } from '../../../local/athena/file-list.ts';
import type { ListedPartition } from '../../../local/athena/objects.ts';

const partition = (prefix: string, names: readonly string[], hasOthers = false): ListedPartition => ({
  values: [],
  bucket: 'lake',
  prefix,
  objects: names.map((name) => ({ key: `${prefix}${name}`, size: 1, etag: name })),
  hasOthers,
});
const without = (listed: ListedPartition, name: string): ListedPartition => ({
  ...listed,
  objects: listed.objects.filter(({ etag }) => etag !== name),
});

const day = partition('t/dt=1/', ['a', 'b']);

test.each([
  ['a whole folder', [day], [day], ["'s3://lake/t/dt=1/*'"]],
  ['a part of it', [day], [without(day, 'b')], ["'s3://lake/t/dt=1/a'"]],
  [
    'folders below it',
    [partition('t/', ['a', 'fill/b'])],
    [partition('t/', ['a', 'fill/b'])],
    ["'s3://lake/t/*'", "'s3://lake/t/fill/*'"],
  ],
  [
    'one with hidden files',
    [partition('t/', ['a'], true)],
    [partition('t/', ['a'], true)],
    ["'s3://lake/t/a'"],
  ],
  [
    'a quote in a name',
    [partition("t/o'clock/", ['a'])],
    [partition("t/o'clock/", ['a'])],
    ["'s3://lake/t/o''clock/*'"],
  ],
])('%s', (_, listed, wanted, files) => {
  expect(fileList(listed, wanted)).toEqual(files);
});

test('a name that would read as a pattern is refused', () => {
  const odd = partition('t/[x]/', ['a']);
  expect(() => fileList([odd], [odd])).toThrow(
    'NOT_SUPPORTED: s3://lake/t/[x]/a has one of * ? [ ] in its name',
  );
});
