/** Hive's names for file formats, as Athena documents them: https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html */
export interface TableFormat {
  readonly classification: string;
  readonly inputFormat: string;
  readonly outputFormat: string;
  readonly serde: {
    readonly serializationLibrary: string;
    readonly parameters: Record<string, string>;
  };
}

/** @param schemaText the Avro schema of the files, without which the serde does not know them */
export function avro(schemaText: string): TableFormat {
  return {
    classification: 'avro',
    inputFormat: 'org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat',
    serde: {
      serializationLibrary: 'org.apache.hadoop.hive.serde2.avro.AvroSerDe',
      parameters: { 'avro.schema.literal': schemaText },
    },
  };
}

/** One JSON object a line. */
export function json(): TableFormat {
  return {
    classification: 'json',
    inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    serde: { serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe', parameters: {} },
  };
}

export function parquet(): TableFormat {
  return {
    classification: 'parquet',
    inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    serde: {
      serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
      parameters: { 'serialization.format': '1' },
    },
  };
}
