import { DATABASE_GUARDRAILS } from './database.ts';
import { EVENT_SOURCE_GUARDRAILS } from './event-sources.ts';
import { FUNCTION_GUARDRAILS } from './functions.ts';
import { GLUE_JOB_GUARDRAILS } from './glue-jobs.ts';
import type { Guardrail } from './guardrail.ts';
import { KAFKA_CLUSTER_GUARDRAILS } from './kafka-clusters.ts';
import { KAFKA_GRANT_GUARDRAILS } from './kafka-grants.ts';
import { KAFKA_TOPIC_GUARDRAILS } from './kafka-topics.ts';
import { NETWORK_GUARDRAILS } from './network.ts';
import { QUEUE_GUARDRAILS } from './queues.ts';
import { QUICKSIGHT_GUARDRAILS } from './quicksight.ts';
import { SCHEDULE_GUARDRAILS } from './schedules.ts';
import { STORAGE_GUARDRAILS } from './storage.ts';
import { TABLE_GUARDRAILS } from './tables.ts';
import { WORKGROUP_GUARDRAILS } from './workgroups.ts';

/** Guardrails on templates by field, in the order of docs/guardrails.md. Those on configuration are in lib/config/stage-rules.ts. */
export const GUARDRAILS_BY_FIELD: Readonly<Record<string, readonly Guardrail[]>> = {
  'Kafka clusters and topics': [...KAFKA_CLUSTER_GUARDRAILS, ...KAFKA_TOPIC_GUARDRAILS],
  'Event sources and queues': [...EVENT_SOURCE_GUARDRAILS, ...KAFKA_GRANT_GUARDRAILS, ...QUEUE_GUARDRAILS],
  'Catalog and Athena': [...TABLE_GUARDRAILS, ...WORKGROUP_GUARDRAILS],
  'Glue and schedules': [...GLUE_JOB_GUARDRAILS, ...SCHEDULE_GUARDRAILS],
  QuickSight: QUICKSIGHT_GUARDRAILS,
  Network: NETWORK_GUARDRAILS,
  'Storage and database': [...STORAGE_GUARDRAILS, ...DATABASE_GUARDRAILS],
  'Functions and stacks': FUNCTION_GUARDRAILS,
};

export const TEMPLATE_GUARDRAILS: readonly Guardrail[] = Object.values(GUARDRAILS_BY_FIELD).flat();
