import { Fn, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
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

export interface LakeNetworkProps {
  readonly network: NetworkConfig;
  readonly operations: OperationsConfig;
  /** Whether functions call a quote API on the internet; only then is there a NAT gateway. */
  readonly reachesInternet: boolean;
}

/**
 * The VPC of brokers, pollers and the functions that speak Kafka, with every security group and rule between them:
 * kept together, so that no other stack has to change a group that a cluster is bound to.
 */
export class LakeNetwork extends Construct {
  readonly vpc: IVpc;
  /** Brokers, and Lambda's pollers, which take on the cluster's groups. */
  readonly brokers: ISecurityGroup;
  /** Functions that speak Kafka. */
  readonly clients: ISecurityGroup;

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
    this.connect(endpoints);
    this.addEndpoints(endpoints, props.reachesInternet);
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

  /**
   * Pollers need Lambda and STS, and S3 for what they divert; functions need Kafka's API, the schema registry, S3, and the
   * API key's secret: https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html
   */
  private addEndpoints(securityGroup: ISecurityGroup, reachesInternet: boolean): void {
    this.vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    const services = {
      Lambda: InterfaceVpcEndpointAwsService.LAMBDA,
      Sts: InterfaceVpcEndpointAwsService.STS,
      Glue: InterfaceVpcEndpointAwsService.GLUE,
      Kafka: new InterfaceVpcEndpointAwsService('kafka'),
      ...(reachesInternet && { SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER }),
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

const PRIVATE = 'Private';

/** The first zones of whatever region it is deployed to. */
function zones(count: number): string[] {
  return Array.from({ length: count }, (_, index) => Fn.select(index, Fn.getAzs()));
}

function subnets(reachesInternet: boolean) {
  return reachesInternet
    ? [
        { name: PRIVATE, subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
        { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 28, mapPublicIpOnLaunch: false },
      ]
    : [{ name: PRIVATE, subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }];
}
