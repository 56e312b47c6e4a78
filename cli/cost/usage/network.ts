/** VPC endpoints and NAT. https://aws.amazon.com/privatelink/pricing/ */
import { consumerFlows, GB, HOURS_PER_MONTH, type Model, sum, topicFlows } from '../flow.ts';
import { listAt, ofType, type Resource, textAt, valueAt } from '../resources.ts';
import { type Usage, use } from './usage.ts';

export const endpoint: Usage = (each, model) => {
  // A gateway endpoint, of S3 here, costs nothing.
  if (textAt(each, 'VpcEndpointType') !== 'Interface') return [use('vpc.endpoint', 0)];
  return [
    use('vpc.endpoint', HOURS_PER_MONTH * listAt(each, 'SubnetIds').length),
    use('vpc.endpoint.data', (isOfLambda(each) ? pushedBytes(model) : 0) / GB),
  ];
};

function isOfLambda(each: Resource): boolean {
  return /\.lambda\b/.test(JSON.stringify(valueAt(each, 'ServiceName')));
}

/**
 * On-demand pollers invoke functions through the endpoint, events and all; provisioned ones need none.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk-cluster-network.html
 */
function pushedBytes(model: Model): number {
  return sum(
    consumerFlows(model)
      .filter(({ eventSource }) => valueAt(eventSource, 'ProvisionedPollerConfig') === undefined)
      .map(({ topic }) => topic.records * topic.eventBytes),
  );
}

/** The answer of a quote API for one quote. Estimated. */
const API_ANSWER_BYTES = 1000;

export const natGateway: Usage = (_, model) => [
  use('vpc.nat', HOURS_PER_MONTH),
  use('vpc.nat.data', (fetchedQuotes(model) * API_ANSWER_BYTES + unlessByEndpoint(model)) / GB),
];

/** Without an endpoint of Lambda, what pollers hand over goes this way. */
function unlessByEndpoint(model: Model): number {
  return ofType(model.resources, 'AWS::EC2::VPCEndpoint').some(isOfLambda) ? 0 : pushedBytes(model);
}

function fetchedQuotes(model: Model): number {
  const isFetching = ofType(model.resources, 'AWS::Lambda::Function').some(
    (lambda) => textAt(lambda, 'Environment', 'Variables', 'QUOTE_SOURCE') === 'http',
  );
  const [quotes] = topicFlows(model);
  return isFetching ? (quotes?.records ?? 0) : 0;
}

export const address: Usage = () => [use('vpc.address', HOURS_PER_MONTH)];
