/** Finds a file's format and columns: the crawler's own classifiers in their order, then what Glue brings. */
import {
  type Column,
  type CsvClassifier,
  type CsvShape,
  classifyBuiltInCsv,
  classifyCsv,
  type Sample,
} from './csv-classifier.ts';

/** No classifier knows it: https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html */
export interface UnknownShape {
  readonly format: 'UNKNOWN';
  readonly columns: readonly Column[];
}

export type FileShape = CsvShape | UnknownShape;

/** Formats that Glue's built-in classifiers know and this crawl does not, by how such a file begins as text. */
const OTHER_FORMATS: readonly (readonly [name: string, ...starts: readonly string[]])[] = [
  ['Parquet', 'PAR1'],
  ['ORC', 'ORC'],
  ['Avro', 'Obj\u0001'],
  ['gzip', '\u001F\uFFFD\b'],
  ['bzip2', 'BZh'],
  ['ZIP', 'PK\u0003\u0004'],
  ['JSON', '{', '['],
  ['XML', '<?xml'],
];

/**
 * The shape that the first classifier to recognise the file gives it.
 * @throws Error for a format that Glue would recognise and this crawl does not
 */
export function classifyFile(sample: Sample, custom: readonly CsvClassifier[]): FileShape {
  for (const classifier of custom) {
    const shape = classifyCsv(sample, classifier);
    if (shape !== undefined) return shape;
  }
  const beginning = sample.text.trimStart();
  const [other] =
    OTHER_FORMATS.find(([, ...starts]) => starts.some((start) => beginning.startsWith(start))) ?? [];
  if (other !== undefined) {
    throw new Error(
      `it is ${other}, which the local crawl does not classify; add that to local/crawler/classify-file.ts`,
    );
  }
  return classifyBuiltInCsv(sample) ?? { format: 'UNKNOWN', columns: [] };
}
