/** Entry of produce-quotes: configuration and connections are made once and serve every run of this container. */
import { GlueClient } from '@aws-sdk/client-glue';
import { KafkaClient } from '@aws-sdk/client-kafka';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { connectKafka } from '../../adapters/kafka.ts';
import { connectSender, type RecordSender } from '../../adapters/kafka-producer.ts';
import { createListedSymbols } from '../../adapters/listed-symbols.ts';
import { createLogger, describeError } from '../../adapters/log.ts';
import { createS3Client } from '../../adapters/objects.ts';
import { findSchemaVersionId } from '../../adapters/schema-version.ts';
import { cachedSecret } from '../../adapters/secrets.ts';
import { createValueEncoder, QUOTE_SCHEMA_TEXT } from '../../core/codec.ts';
import { quoteHash } from '../../core/hash.ts';
import type { ProduceResult } from '../../core/produce-contract.ts';
import { judge, parseDay } from '../../core/quality.ts';
import type { Quote } from '../../core/quote.ts';
import { frameHeader } from '../../core/wire.ts';
import { chooseSource } from './choose-source.ts';
import { readConfig } from './config.ts';
import { readEvent } from './event.ts';
import { produceQuotes } from './produce-quotes.ts';

const logger = createLogger('produce-quotes');
const config = readConfig(process.env);
const glue = new GlueClient({});
const s3 = createS3Client();
const apiKey = config.quoteApi && cachedSecret(new SecretsManagerClient({}), config.quoteApi.secretArn);
const listed = config.symbolsTable && createListedSymbols(glue, s3, config.symbolsTable);
const lakeStartMs = parseDay(config.lakeStart) ?? 0;

let sender: RecordSender | undefined;
let encode: ((quote: Quote) => Buffer) | undefined;

export const handler = async (event: unknown, context: Context): Promise<ProduceResult> => {
  const request = readEvent(event);
  const source = await chooseSource(config, request, { s3, apiKey, listed, now: Date.now });
  const encodeValue = (encode ??= createValueEncoder(
    frameHeader(
      await findSchemaVersionId(glue, {
        registryName: config.registryName,
        schemaName: config.schemaName,
        definition: QUOTE_SCHEMA_TEXT,
      }),
    ),
  ));
  const connected = (sender ??= await connect(context.functionName));
  try {
    return await produceQuotes(
      {
        source,
        sender: connected,
        encode: encodeValue,
        judge: (quote, timestampMs) => {
          const rule = judge(quote, timestampMs, lakeStartMs);
          return rule === undefined ? { hash: quoteHash(quote) } : { rule };
        },
        now: Date.now,
        remainingMs: () => context.getRemainingTimeInMillis(),
        record: (result) => {
          logger.info('produced', { ...result });
        },
      },
      { topic: config.topic },
    );
  } catch (error) {
    logger.error('not all produced', describeError(error));
    sender = undefined;
    await connected.close().catch(() => undefined);
    throw error;
  }
};

async function connect(clientId: string): Promise<RecordSender> {
  const kafka = await connectKafka({
    client: new KafkaClient({}),
    clusterArn: config.clusterArn,
    clientId,
    log: (level, message, about) => {
      logger[level](message, about);
    },
  });
  return connectSender(kafka, config.topic);
}
