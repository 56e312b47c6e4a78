/** Looks at the files of a crawler's S3 targets, with the rights of the crawler's role. */
import { XMLParser } from 'fast-xml-parser';
import type { AwsApi } from '../resources/aws-api.ts';
import { classifyFile } from './classify-file.ts';
import type { CsvClassifier, Sample } from './csv-classifier.ts';
import { type CrawledFiles, crawledFiles, type FileCrawl } from './file-table.ts';
import { compileGlob } from './glob.ts';
import { type FoundFile, type Grouping, groupFiles } from './group-files.ts';

export interface S3Target {
  readonly bucket: string;
  /** Key prefix: empty, or with a slash at its end. */
  readonly prefix: string;
  /** Globs over keys behind the prefix. */
  readonly exclusions: readonly string[];
  /** Files looked into in each folder. @default all */
  readonly sampleSize: number | undefined;
}

export interface S3Crawl extends FileCrawl {
  readonly targets: readonly S3Target[];
  readonly classifiers: readonly CsvClassifier[];
  readonly grouping: Grouping;
}

/** Reads `s3://bucket/folder`, with or without a slash at its end; undefined if it is another. */
export function parseS3Path(path: string): Pick<S3Target, 'bucket' | 'prefix'> | undefined {
  const [, bucket, folder = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(path) ?? [];
  if (bucket === undefined) return undefined;
  return { bucket, prefix: folder === '' || folder.endsWith('/') ? folder : `${folder}/` };
}

/**
 * The tables over what the targets hold. Rejects if something may not be read, or has a format that the local crawl does not know.
 */
export async function findFileTables(
  api: Pick<AwsApi, 'rest'>,
  { targets, classifiers, grouping, ...crawl }: S3Crawl,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly CrawledFiles[]> {
  const found: CrawledFiles[] = [];
  for (const target of targets) {
    const files = await lookInto(api, target, classifiers, signal);
    if (files.length === 0) log(`no file is under s3://${target.bucket}/${target.prefix}`);
    const tables = groupFiles(target.bucket, target.prefix, files, grouping);
    for (const { label, unreadable } of tables) {
      const [first] = unreadable;
      if (first !== undefined)
        log(`${label}: ${unreadable.length} files such as ${first.key} have another form than most`);
    }
    found.push(...crawledFiles(target.bucket, tables, crawl));
  }
  return found;
}

/** A megabyte of a file tells its format and columns: https://repost.aws/knowledge-center/glue-crawler-detect-schema */
const SAMPLE_BYTES = 1024 * 1024;

async function lookInto(
  api: Pick<AwsApi, 'rest'>,
  { bucket, prefix, exclusions, sampleSize = Number.POSITIVE_INFINITY }: S3Target,
  classifiers: readonly CsvClassifier[],
  signal: AbortSignal,
): Promise<readonly FoundFile[]> {
  const excluded = exclusions.map(compileGlob);
  const files: FoundFile[] = [];
  const lookedInto = new Map<string, number>();
  for await (const { key, bytes } of listFiles(api, bucket, prefix, signal)) {
    const behind = key.slice(prefix.length);
    // A console makes an empty object for a folder; an empty file says nothing.
    if (bytes === 0 || excluded.some((glob) => glob.test(behind))) continue;
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    const count = lookedInto.get(folder) ?? 0;
    lookedInto.set(folder, count + 1);
    if (count >= sampleSize) files.push({ key, bytes, shape: undefined });
    else
      files.push({
        key,
        bytes,
        shape: classify(key, await readSample(api, bucket, key, bytes), classifiers),
      });
  }
  return files;
}

function classify(key: string, sample: Sample, classifiers: readonly CsvClassifier[]): FoundFile['shape'] {
  try {
    return classifyFile(sample, classifiers);
  } catch (error) {
    throw new Error(`${key}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function readSample(
  api: Pick<AwsApi, 'rest'>,
  bucket: string,
  key: string,
  bytes: number,
): Promise<Sample> {
  const isCut = bytes > SAMPLE_BYTES;
  const headers = isCut ? { range: `bytes=0-${SAMPLE_BYTES - 1}` } : {};
  return { text: await api.rest('s3', 'GET', `/${bucket}/${encodeKey(key)}`, '', headers), isCut };
}

interface ListedPage {
  readonly ListBucketResult: {
    readonly Contents?: readonly { readonly Key: string; readonly Size: string }[];
    readonly IsTruncated: string;
    readonly NextContinuationToken?: string;
  };
}

const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  isArray: (name) => name === 'Contents',
});

async function* listFiles(
  api: Pick<AwsApi, 'rest'>,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<{ readonly key: string; readonly bytes: number }> {
  let token: string | undefined;
  do {
    signal.throwIfAborted();
    const query = new URLSearchParams({
      'list-type': '2',
      prefix,
      ...(token === undefined ? {} : { 'continuation-token': token }),
    });
    const page = parser.parse(await api.rest('s3', 'GET', `/${bucket}?${query.toString()}`)) as ListedPage;
    const { Contents: contents = [], NextContinuationToken: next } = page.ListBucketResult;
    for (const { Key: key, Size: size } of contents) {
      signal.throwIfAborted();
      yield { key, bytes: Number(size) };
    }
    token = next;
  } while (token !== undefined);
}

/** As S3's own clients do: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
function encodeKey(key: string): string {
  return key
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replaceAll(
        /[!'()*]/g,
        (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');
}
