import { Fn, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SelectedSubnets, SubnetConfiguration } from 'aws-cdk-lib/aws-ec2';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { NetworkConfig, OperationsConfig } from '../../config/stage-config.ts';
import { logRetention } from '../operations/log-retention.ts';

/** MSK brokers with IAM access control listen here inside the VPC. */
const KAFKA_IAM_PORT = Port.tcp(9098);
const POSTGRES_PORT = Port.POSTGRES;

export interface LakeNetworkProps {
  readonly network: NetworkConfig;
  readonly operations: OperationsConfig;
  /** Whether functions call a quote API on the internet; only then is there a NAT gateway. */
  readonly reachesInternet: boolean;
}

/**
 * The VPC of brokers, pollers, the database and the functions that speak to them, with every security group and rule between
 * them: kept together, so that no other stack has to change a group that a cluster is bound to.
 */
export class LakeNetwork extends Construct {
  readonly vpc: IVpc;
  /** Brokers, and Lambda's pollers, which take on the cluster's groups. */
  readonly brokers: ISecurityGroup;
  /** Functions that speak Kafka or PostgreSQL. */
  readonly clients: ISecurityGroup;
  /** The database, its replica, and the proxy before it. */
  readonly database: ISecurityGroup;
  /** Network interfaces of Glue's crawlers. */
  readonly crawlers: ISecurityGroup;

  constructor(scope: Construct, id: string, props: LakeNetworkProps) {
    super(scope, id);
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(props.network.cidr),
      availabilityZones: zones(props.network.zones),
      natGateways: props.reachesInternet ? 1 : 0,
      subnetConfiguration: subnets(props.reachesInternet),
      // Done by a helper function of CDK's otherwise. Nothing here is in the default group.
      restrictDefaultSecurityGroup: false,
    });
    // CDK's own classes do not state `undefined` where exactOptionalPropertyTypes wants it.
    this.vpc = vpc as IVpc;
    this.addFlowLog(props.operations);
    const endpoints = this.group('Endpoints', 'Interface endpoints of the AWS services in use');
    this.clients = this.group('Clients', 'Functions that speak Kafka');
    this.brokers = this.group('Brokers', 'Kafka brokers, and the pollers of event sources');
    this.database = this.group('Database', 'PostgreSQL, its replica and its proxy');
    this.crawlers = this.group('Crawlers', 'Crawlers of Glue, and nothing else');
    this.connect(endpoints);
    this.connectDatabase(endpoints);
    this.addEndpoints(endpoints);
  }

  /** Subnets of functions, brokers and endpoints. */
  get privateSubnets(): SelectedSubnets {
    return this.vpc.selectSubnets({ subnetGroupName: PRIVATE });
  }

  /** Subnets without any way out, for what nothing but this VPC should ever reach. */
  get isolatedSubnets(): SelectedSubnets {
    return this.vpc.selectSubnets({ subnetGroupName: ISOLATED });
  }

  private addFlowLog(operations: OperationsConfig): void {
    const log = new LogGroup(this, 'FlowLog', {
      retention: logRetention(operations.logDays),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.vpc.addFlowLog('Rejected', {
      destination: FlowLogDestination.toCloudWatchLogs(log),
      trafficType: FlowLogTrafficType.REJECT,
    });
  }

  private group(id: string, description: string): SecurityGroup {
    return new SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
  }

  private connect(endpoints: ISecurityGroup): void {
    this.brokers.addIngressRule(this.clients, KAFKA_IAM_PORT, 'Kafka from functions');
    this.brokers.addIngressRule(this.brokers, KAFKA_IAM_PORT, 'Kafka from pollers');
    this.brokers.addEgressRule(this.brokers, KAFKA_IAM_PORT, 'Pollers to Kafka');
    this.clients.addEgressRule(this.brokers, KAFKA_IAM_PORT, 'Functions to Kafka');
    for (const [group, who] of [
      [this.clients, 'functions'],
      [this.brokers, 'pollers'],
    ] as const) {
      endpoints.addIngressRule(group, Port.HTTPS, `AWS services from ${who}`);
      // To any address, since S3's gateway endpoint has public ones. Without NAT nothing else is reachable.
      group.addEgressRule(Peer.anyIpv4(), Port.HTTPS, `AWS services from ${who}`);
    }
  }

  private connectDatabase(endpoints: ISecurityGroup): void {
    this.database.addIngressRule(this.clients, POSTGRES_PORT, 'PostgreSQL from functions');
    this.clients.addEgressRule(this.database, POSTGRES_PORT, 'Functions to PostgreSQL');
    this.database.addIngressRule(this.database, POSTGRES_PORT, 'PostgreSQL from its proxy');
    this.database.addEgressRule(this.database, POSTGRES_PORT, 'Proxy to PostgreSQL');
    this.database.addIngressRule(this.crawlers, POSTGRES_PORT, 'PostgreSQL from crawlers');
    this.crawlers.addEgressRule(this.database, POSTGRES_PORT, 'Crawlers to PostgreSQL');
    // Glue refuses a connection whose group is not open to itself: https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html
    this.crawlers.addIngressRule(this.crawlers, Port.allTcp(), 'Crawlers among themselves');
    this.crawlers.addEgressRule(this.crawlers, Port.allTcp(), 'Crawlers among themselves');
    endpoints.addIngressRule(this.crawlers, Port.HTTPS, 'AWS services from crawlers');
    this.crawlers.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'AWS services from crawlers');
  }

  /**
   * Pollers need Lambda and STS, and S3 for what they divert; functions need Kafka's API, the schema registry, S3, the
   * watchlist's parameter, and secrets: https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html
   */
  private addEndpoints(securityGroup: ISecurityGroup): void {
    this.vpc.addGatewayEndpoint('S3', {
      service: GatewayVpcEndpointAwsService.S3,
      subnets: [{ subnetGroupName: PRIVATE }],
    });
    const services = {
      Lambda: InterfaceVpcEndpointAwsService.LAMBDA,
      Sts: InterfaceVpcEndpointAwsService.STS,
      Glue: InterfaceVpcEndpointAwsService.GLUE,
      Kafka: new InterfaceVpcEndpointAwsService('kafka'),
      SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      Ssm: InterfaceVpcEndpointAwsService.SSM,
    };
    for (const [id, service] of Object.entries(services)) {
      this.vpc.addInterfaceEndpoint(id, {
        service,
        securityGroups: [securityGroup],
        open: false,
        subnets: { subnetGroupName: PRIVATE },
      });
    }
  }
}

/** Name of the subnets of functions, brokers and endpoints. */
export const PRIVATE = 'Private';
const ISOLATED = 'Isolated';

/** The first zones of whatever region it is deployed to. */
function zones(count: number): string[] {
  return Array.from({ length: count }, (_, index) => Fn.select(index, Fn.getAzs()));
}

/** Addresses of the public subnets are kept free until they are needed, so that no other subnet has to move for them. */
function subnets(reachesInternet: boolean): SubnetConfiguration[] {
  const { PRIVATE_WITH_EGRESS, PRIVATE_ISOLATED, PUBLIC } = SubnetType;
  return [
    { name: PRIVATE, subnetType: reachesInternet ? PRIVATE_WITH_EGRESS : PRIVATE_ISOLATED, cidrMask: 24 },
    {
      name: 'Public',
      subnetType: PUBLIC,
      cidrMask: 28,
      reserved: !reachesInternet,
      ...(reachesInternet && { mapPublicIpOnLaunch: false }),
    },
    { name: ISOLATED, subnetType: PRIVATE_ISOLATED, cidrMask: 27 },
  ];
}
