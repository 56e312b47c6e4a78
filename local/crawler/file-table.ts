/** How a crawler writes files of S3 into the Data Catalog. */
import { createHash } from 'node:crypto';
import { type CrawledTable, catalogName, UPDATED_BY } from './catalog-table.ts';
import type { FileShape } from './classify-file.ts';
import type { FileTable } from './group-files.ts';

/** A partition as CreatePartition takes it. */
export interface PartitionInput {
  readonly Values: readonly string[];
  readonly StorageDescriptor: CrawledTable['StorageDescriptor'];
}

export interface CrawledFiles {
  readonly table: CrawledTable;
  readonly partitions: readonly PartitionInput[];
}

export interface FileCrawl {
  readonly crawlerName: string;
  readonly tablePrefix: string;
}

/**
 * Tables and partitions as crawlers leave them. Glue estimates rows too (recordCount, averageRecordSize); nothing here plans by
 * them. A second table of a name gets
 * a hash behind it: https://docs.aws.amazon.com/glue/latest/dg/crawler-running.html
 */
export function crawledFiles(
  bucket: string,
  tables: readonly FileTable[],
  { crawlerName, tablePrefix }: FileCrawl,
): readonly CrawledFiles[] {
  const names = new Set<string>();
  return tables.map((found) => {
    const location = `s3://${bucket}/${found.location}`;
    const plain = catalogName(`${tablePrefix}${found.label}`);
    const name = names.has(plain) ? `${plain}_${createHash('md5').update(location).digest('hex')}` : plain;
    names.add(name);
    const parameters = {
      ...formParameters(found.shape),
      ...statistics(found),
      compressionType: 'none',
      CrawlerSchemaDeserializerVersion: '1.0',
      CrawlerSchemaSerializerVersion: '1.0',
      typeOfData: 'file',
      [UPDATED_BY]: crawlerName,
    };
    const descriptor = (at: string): CrawledTable['StorageDescriptor'] => ({
      Columns: found.columns.map((column) => ({ Name: column.name, Type: column.type })),
      Location: at,
      ...reading(found.shape),
      Compressed: false,
      Parameters: parameters,
    });
    return {
      table: {
        Name: name,
        Owner: 'owner',
        TableType: 'EXTERNAL_TABLE',
        PartitionKeys: found.partitionKeys.map((key) => ({ Name: key, Type: 'string' })),
        Parameters: parameters,
        StorageDescriptor: descriptor(location),
      },
      partitions: found.partitions.map(({ values, folder }) => ({
        Values: values,
        StorageDescriptor: descriptor(`s3://${bucket}/${folder}`),
      })),
    };
  });
}

function formParameters(shape: FileShape): Readonly<Record<string, string>> {
  if (shape.format === 'UNKNOWN') return { classification: shape.format };
  return {
    classification: shape.format,
    columnsOrdered: 'true',
    areColumnsQuoted: String(shape.quote !== undefined),
    delimiter: shape.delimiter,
    ...(shape.hasHeader ? { 'skip.header.line.count': '1' } : {}),
  };
}

function statistics({ files }: FileTable): Readonly<Record<string, string>> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { objectCount: String(files.length), sizeKey: String(bytes) };
}

const SERDES = {
  OpenCSVSerDe: 'org.apache.hadoop.hive.serde2.OpenCSVSerde',
  LazySimpleSerDe: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
} as const;

/** https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html, https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html */
function reading(shape: FileShape): Partial<CrawledTable['StorageDescriptor']> {
  if (shape.format === 'UNKNOWN') return {};
  const { serde, delimiter, quote } = shape;
  return {
    InputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
    OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    SerdeInfo: {
      SerializationLibrary: SERDES[serde],
      Parameters:
        serde === 'OpenCSVSerDe'
          ? { separatorChar: delimiter, ...(quote === undefined ? {} : { quoteChar: quote }) }
          : { 'field.delim': delimiter },
    },
  };
}
