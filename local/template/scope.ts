/** What an expression in a template can see. */
import { TickerlakeError } from '../../core/errors.ts';
import type { Json, JsonObject } from './template.ts';

/** Values around one stack's expressions. A look-up answers undefined for what does not exist; the evaluator makes the error. */
export interface Scope {
  readonly stack: string;
  /** `AWS::Region`, `AWS::AccountId`, … and the stack's parameters. */
  readonly values: Readonly<Record<string, Json>>;
  readonly mappings: JsonObject;
  readonly conditions: Readonly<Record<string, Json>>;
  readonly availabilityZones: readonly string[];
  /** Physical id of a provisioned resource of this stack. */
  readonly ref: (logicalId: string) => Json | undefined;
  /** Attribute of a provisioned resource of this stack. */
  readonly getAtt: (logicalId: string, attribute: string) => Json | undefined;
  readonly importValue: (exportName: string) => Json | undefined;
  readonly stackOutput: (stackName: string, outputName: string) => Json | undefined;
}

export interface Region {
  readonly name: string;
  readonly account: string;
}

/** Pseudo parameters: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html */
export function pseudoParameters(stackName: string, region: Region, stackId: string): Record<string, Json> {
  return {
    'AWS::AccountId': region.account,
    'AWS::NotificationARNs': [],
    'AWS::Partition': 'aws',
    'AWS::Region': region.name,
    'AWS::StackId': stackId,
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
}

/** Three zones, as every region that MSK's three-zone brokers are meant for has. */
export function availabilityZones(region: string): string[] {
  return ['a', 'b', 'c'].map((zone) => region + zone);
}

/** An error at a place in a template: `stack/LogicalId.Properties.Name`. */
export function templateError(stack: string, path: string, problem: string, hint?: string): TickerlakeError {
  return new TickerlakeError('TEMPLATE_UNSUPPORTED', `${stack}/${path}: ${problem}`, {
    coordinates: { stack, path },
    ...(hint === undefined ? {} : { hint }),
  });
}
