/** Records of a topic and the event that carries them: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */

/** A record as it will stand in an event, encoded once. */
export interface SourceRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly json: string;
}

export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [string, Buffer])[];
}

/** Encodes a record as the guide shows it: key and value in base64, header values as lists of bytes. */
export function encodeRecord(record: RawRecord): SourceRecord {
  const { topic, partition, offset, timestampMs, key, value, headers } = record;
  const json = JSON.stringify({
    topic,
    partition,
    offset,
    timestamp: timestampMs,
    timestampType: 'CREATE_TIME',
    ...(key === null ? {} : { key: key.toString('base64') }),
    ...(value === null ? {} : { value: value.toString('base64') }),
    headers: headers.map(([name, bytes]) => ({ [name]: [...bytes] })),
  });
  return { topic, partition, offset, timestampMs, json };
}

/** Topic and partition as events and partial batch responses name them: `quotes-3`. */
export function topicPartition({ topic, partition }: Pick<SourceRecord, 'topic' | 'partition'>): string {
  return `${topic}-${partition}`;
}

/** The event with these records, several partitions together. */
export function encodeEvent(
  source: { readonly clusterArn: string; readonly bootstrapServers: string },
  records: readonly SourceRecord[],
): Buffer {
  const lists = [...Map.groupBy(records, topicPartition)].map(
    ([name, list]) => `${JSON.stringify(name)}:[${list.map(({ json }) => json).join(',')}]`,
  );
  const head = {
    eventSource: 'aws:kafka',
    eventSourceArn: source.clusterArn,
    bootstrapServers: source.bootstrapServers,
  };
  return Buffer.from(`${JSON.stringify(head).slice(0, -1)},"records":{${lists.join(',')}}}`);
}
