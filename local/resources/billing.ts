/** AWS Budgets and Cost Explorer: nothing costs here, and what a deployment would refuse is refused. */

import { arn } from '../arn.ts';
import type { Json } from '../template/template.ts';
import { isObject } from '../template/template.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { ResourceType } from './resource-type.ts';
import { checkedType } from './resource-type.ts';

const NO_COSTS = 'nothing costs locally, so nobody is told of costs; who would be has to be named';

/** https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Subscriber.html */
function checkSubscriber(subscriber: ResourceRequest, type: string, address: string): void {
  const isFit = type === 'SNS' ? /^arn:[^:]+:sns:/.test(address) : /^[^@\s]+@[^@\s]+$/.test(address);
  if (!isFit) throw subscriber.error('Address', `is ${address}, which is no address of type ${type}`);
}

function checkBudget(request: ResourceRequest): string {
  const budget = request.within('Budget');
  if (budget.within('BudgetLimit').number('Amount') <= 0)
    throw budget.error('BudgetLimit', 'needs an amount above 0');
  for (const each of request.items('NotificationsWithSubscribers')) {
    each.within('Notification').number('Threshold');
    const subscribers = each.items('Subscribers');
    if (subscribers.length === 0) throw each.error('Subscribers', 'needs somebody to tell');
    for (const subscriber of subscribers)
      checkSubscriber(subscriber, subscriber.text('SubscriptionType'), subscriber.text('Address'));
  }
  return budget.text('BudgetName');
}

function checkJson(request: ResourceRequest, property: string): void {
  try {
    if (isObject(JSON.parse(request.text(property)) as Json)) return;
  } catch {
    // Told of below.
  }
  throw request.error(property, 'is no JSON object');
}

/** https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalySubscription.html: SNS at once, e-mail later. */
function checkSubscription(request: ResourceRequest): void {
  const isAtOnce = request.text('Frequency') === 'IMMEDIATE';
  if (request.texts('MonitorArnList').length === 0) throw request.error('MonitorArnList', 'is empty');
  checkJson(request, 'ThresholdExpression');
  for (const subscriber of request.items('Subscribers')) {
    const type = subscriber.text('Type');
    if ((type === 'SNS') !== isAtOnce)
      throw request.error('Frequency', `does not go with a subscriber of type ${type}`);
    checkSubscriber(subscriber, type, subscriber.text('Address'));
  }
}

export const billingTypes: readonly ResourceType[] = [
  checkedType('AWS::Budgets::Budget', NO_COSTS, (request) => ({ ref: checkBudget(request) })),
  checkedType('AWS::CE::AnomalySubscription', NO_COSTS, (request, cloud) => {
    checkSubscription(request);
    const subscriptionArn = arn(cloud, 'ce', `anomalysubscription/${request.identifier(32)}`);
    return { ref: subscriptionArn, attributes: { SubscriptionArn: subscriptionArn } };
  }),
];
