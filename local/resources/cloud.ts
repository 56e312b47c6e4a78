/** What resource types provision into: the running engines and the books kept about them. */
import type { CloudWatch } from '../cloudwatch/index.ts';
import type { Gateway } from '../gateway/index.ts';
import type { CodeStore } from '../invoke/code-store.ts';
import type { Fleet } from '../invoke/fleet.ts';
import type { Destinations } from '../sources/destinations.ts';
import type { EventSources } from '../sources/event-sources.ts';
import type { Schedules } from '../sources/schedules.ts';
import type { JobLauncher } from '../spark/job-launcher.ts';
import type { AwsApi } from './aws-api.ts';
import type { DatabaseServer } from './database-server.ts';
import type { KafkaAccess } from './kafka-access.ts';
import type { RoleBook } from './role-book.ts';

export interface Cloud {
  readonly region: string;
  readonly account: string;
  /** As the deploying operator. */
  readonly api: AwsApi;
  /** As a role of the templates. */
  readonly actAs: (roleName: string) => AwsApi;
  readonly gateway: Gateway;
  readonly roles: RoleBook;
  readonly kafka: KafkaAccess;
  readonly database: DatabaseServer;
  readonly functions: Fleet;
  readonly code: CodeStore;
  readonly jobs: JobLauncher;
  readonly sources: EventSources;
  readonly schedules: Schedules;
  readonly destinations: Destinations;
  readonly cloudwatch: CloudWatch;
  /** PEM file of the authorities that signed the local engines' certificates. */
  readonly caFile: () => Promise<string>;
  /** Tells the person at the keyboard something worth an eye, in one line. */
  readonly warn: (line: string) => void;
}
