import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GlueClient } from '@aws-sdk/client-glue';
import { findSchemaVersionId } from '../../adapters/schema-version.ts';
import { QUOTE_SCHEMA_TEXT } from '../../core/codec.ts';
import type { PartitionAcks, ProduceResult } from '../../core/produce-contract.ts';
import { TOPICS } from '../../core/topics.ts';
import { assumeRole, connectToTopic, LakeClients, roleOfFunction } from '../lake/clients.ts';
import { type LakeConnection, outputOf } from '../lake/connection.ts';
import { POISON_PRODUCER } from '../reconcile/reconcile-lake.ts';
import { type PoisonRecord, poisonRecords } from './poison-records.ts';

/**
 * Produces one record that breaks each quality rule, as a producer of somebody else would: straight to the broker, with
 * the credentials of produce-quotes' role. What is acknowledged goes to a ledger of its own.
 */
export async function producePoison(lake: LakeConnection, operator: LakeClients): Promise<ProduceResult> {
  const functionName = outputOf(lake, 'pipeline', 'ProduceQuotesFunctionName');
  const role = await roleOfFunction(operator.lambda, functionName);
  const credentials = await assumeRole(operator.sts, role, POISON_PRODUCER);
  const clients = new LakeClients(lake, credentials);
  const glue = new GlueClient({ endpoint: lake.endpoint, region: lake.region, credentials });
  try {
    const schemaVersionId = await findSchemaVersionId(glue, {
      registryName: outputOf(lake, 'stream', 'RegistryName'),
      schemaName: outputOf(lake, 'stream', 'QuotesSchemaName'),
      definition: QUOTE_SCHEMA_TEXT,
    });
    const topic = outputOf(lake, 'stream', 'QuotesTopicName');
    const nowMs = Date.now();
    const result = await send(lake, clients, topic, poisonRecords(schemaVersionId, nowMs), nowMs);
    const line = { level: 'INFO', message: 'produced', timestamp: new Date(nowMs), ...result };
    await appendFile(join(lake.logsDir, `${POISON_PRODUCER}.log`), `${JSON.stringify(line)}\n`);
    return result;
  } finally {
    clients.close();
    glue.destroy();
  }
}

async function send(
  lake: LakeConnection,
  { msk }: LakeClients,
  topic: string,
  records: readonly PoisonRecord[],
  nowMs: number,
): Promise<ProduceResult> {
  const kafka = await connectToTopic(lake, msk);
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
  });
  const partitions: PartitionAcks[] = [];
  try {
    await producer.connect();
    const acks = await producer.send({
      topic,
      acks: -1,
      messages: records.map(({ key, value }, index) => ({
        key,
        value,
        timestamp: String(nowMs),
        // Spread over partitions whatever the key, so that each meets some.
        partition: index % POISONED_PARTITIONS,
      })),
    });
    for (const { partition, baseOffset } of acks) {
      const count = records.filter((_, index) => index % POISONED_PARTITIONS === partition).length;
      const first = Number(baseOffset);
      partitions.push({
        partition,
        records: count,
        firstOffset: String(first),
        lastOffset: String(first + count - 1),
      });
    }
  } finally {
    await producer.disconnect();
  }
  return {
    topic,
    produced: partitions.reduce((sum, { records: count }) => sum + count, 0),
    partitions,
    accepted: { records: 0, hashes: {} },
    rejected: Object.fromEntries(records.map(({ code }) => [code, 1])),
    skipped: [],
    skippedTotal: 0,
  };
}

const POISONED_PARTITIONS = TOPICS.quotes.partitions;
