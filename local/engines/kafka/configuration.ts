/** What the broker is told: server.properties and log4j.properties, rendered. */
import { KEYSTORE_PASSWORD } from './certificate.ts';

export interface BrokerConfiguration {
  readonly ports: { readonly admin: number; readonly controller: number; readonly iam: number };
  readonly dataDir: string;
  readonly keystore: string;
  readonly verifyUrl: string;
}

/**
 * How long an authenticated connection may live before it has to authenticate again, where its token lives longer:
 * MSK's own (https://github.com/aws/aws-msk-iam-auth, "connections.max.reauth.ms").
 */
const MAX_REAUTHENTICATION_MS = 12 * 60 * 60 * 1000;

/**
 * Java has AES by the processor's own instructions only in code of its second compiler, which this broker goes without
 * (launch.ts): in plain code ChaCha20 takes a third of the broker's time. The others stand behind it for clients without it.
 */
const CIPHER_SUITES = [
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
];

/**
 * One node that is broker and controller. Two doors: ADMIN, plain and all-powerful, for the runner alone; IAM, as MSK
 * has it (TLS, an IAM token as OAUTHBEARER), where every principal has just the ACLs of its role.
 */
export function renderServerProperties({ ports, dataDir, keystore, verifyUrl }: BrokerConfiguration): string {
  const oauth = 'listener.name.iam.oauthbearer';
  return renderProperties({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${String(ports.controller)}`,
    listeners: `ADMIN://127.0.0.1:${String(ports.admin)},CONTROLLER://127.0.0.1:${String(ports.controller)},IAM://127.0.0.1:${String(ports.iam)}`,
    'advertised.listeners': `ADMIN://127.0.0.1:${String(ports.admin)},IAM://127.0.0.1:${String(ports.iam)}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'ADMIN',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,ADMIN:PLAINTEXT,IAM:SASL_SSL',
    'listener.name.iam.ssl.keystore.location': keystore,
    'listener.name.iam.ssl.keystore.password': KEYSTORE_PASSWORD,
    'listener.name.iam.ssl.keystore.type': 'PKCS12',
    'listener.name.iam.ssl.cipher.suites': CIPHER_SUITES.join(','),
    'listener.name.iam.sasl.enabled.mechanisms': 'OAUTHBEARER',
    // The broker's own login is never used, but Kafka wants one.
    [`${oauth}.sasl.jaas.config`]: `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker" verifyUrl="${verifyUrl}";`,
    [`${oauth}.sasl.server.callback.handler.class`]: 'TokenHandler',
    [`${oauth}.connections.max.reauth.ms`]: MAX_REAUTHENTICATION_MS,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS;User:operator',
    'allow.everyone.if.no.acl.found': false,
    'auto.create.topics.enable': false,
    'log.dirs': dataDir,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    // Its default is a quarter of this broker's heap.
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
  });
}

/** Warnings and the milestones of the start to standard output; the authorizer's decisions to a file of their own. */
export function renderLogProperties(authorizerLog: string): string {
  const pattern = '%d{ISO8601} %p %m (%c{1})%n';
  return renderProperties({
    'log4j.rootLogger': 'WARN, stdout',
    'log4j.appender.stdout': 'org.apache.log4j.ConsoleAppender',
    'log4j.appender.stdout.layout': 'org.apache.log4j.PatternLayout',
    'log4j.appender.stdout.layout.ConversionPattern': pattern,
    'log4j.logger.kafka.server.KafkaRaftServer': 'INFO',
    // What a principal was allowed is told at DEBUG, what it was denied at INFO.
    'log4j.logger.kafka.authorizer.logger': 'DEBUG, authorizer',
    'log4j.additivity.kafka.authorizer.logger': false,
    'log4j.appender.authorizer': 'org.apache.log4j.RollingFileAppender',
    'log4j.appender.authorizer.File': authorizerLog,
    'log4j.appender.authorizer.MaxFileSize': '100MB',
    'log4j.appender.authorizer.MaxBackupIndex': 1,
    // The broker's own heartbeats, and whatever else nobody could be refused.
    'log4j.appender.authorizer.filter.1': 'org.apache.log4j.varia.StringMatchFilter',
    'log4j.appender.authorizer.filter.1.StringToMatch': 'based on rule SuperUser',
    'log4j.appender.authorizer.filter.1.AcceptOnMatch': false,
    'log4j.appender.authorizer.layout': 'org.apache.log4j.PatternLayout',
    'log4j.appender.authorizer.layout.ConversionPattern': '%m%n',
  });
}

/** Java's properties format: a backslash escapes, and only Latin letters stand for themselves. */
function renderProperties(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}\n`)
    .join('');
}

function escapeProperty(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
