import { type Json, set } from '../draft.ts';
import type { Mistake } from '../mistake.ts';

const ENDPOINT = 'AWS::EC2::VPCEndpoint';
const INGRESS = 'AWS::EC2::SecurityGroupIngress';

export const NETWORK_MISTAKES: readonly Mistake[] = [
  {
    id: 'no-endpoint-for-parameters',
    stage: 'dev',
    rule: 'network-service-path',
    make: (draft) => {
      draft.remove(ENDPOINT, 'NetworkVpcSsm');
    },
  },
  {
    id: 'endpoint-without-private-names',
    stage: 'prod',
    rule: 'network-service-path',
    make: (draft) => {
      set(draft.of(ENDPOINT, 'NetworkVpcKafka'), 'PrivateDnsEnabled', false);
    },
  },
  {
    id: 'endpoints-closed-to-functions',
    stage: 'dev',
    rule: 'network-service-path',
    make: (draft) => {
      draft.remove(INGRESS, 'NetworkEndpointsfromtickerlakedevnetworkNetworkClients');
    },
  },
  {
    id: 'bucket-route-left-out-of-a-subnet',
    stage: 'dev',
    rule: 'network-service-path',
    make: (draft) => {
      (draft.of(ENDPOINT, 'NetworkVpcS3')['RouteTableIds'] as Json[]).splice(1, 1);
    },
  },
  {
    id: 'functions-may-send-nothing',
    stage: 'prod',
    rule: 'network-service-path',
    make: (draft) => {
      set(draft.of('AWS::EC2::SecurityGroup', 'NetworkClients'), 'SecurityGroupEgress.0.FromPort', 8443);
      set(draft.of('AWS::EC2::SecurityGroup', 'NetworkClients'), 'SecurityGroupEgress.0.ToPort', 8443);
    },
  },
  {
    id: 'no-endpoint-for-pollers',
    stage: 'dev',
    rule: 'network-poller-path',
    make: (draft) => {
      draft.remove(ENDPOINT, 'NetworkVpcSts');
    },
  },
  {
    id: 'brokers-closed-to-pollers',
    stage: 'prod',
    rule: 'network-poller-path',
    make: (draft) => {
      draft.remove(INGRESS, 'NetworkBrokersfromtickerlakeprodnetworkNetworkBrokers');
    },
  },
  {
    id: 'crawlers-closed-to-themselves',
    stage: 'dev',
    rule: 'network-glue-connection',
    make: (draft) => {
      draft.remove(INGRESS, 'NetworkCrawlersfromtickerlakedevnetworkNetworkCrawlers');
    },
  },
  {
    id: 'quotes-of-an-api-without-nat',
    stage: 'dev',
    rule: 'network-quotes-api',
    make: (draft) => {
      set(draft.of('AWS::Lambda::Function', 'QuoteProducer'), 'Environment.Variables.QUOTE_SOURCE', 'http');
    },
  },
];
