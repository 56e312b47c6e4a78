import { describe, expect, test } from '@jest/globals';
import { evaluate } from '../../../local/template/intrinsics.ts';
import type { Scope } from '../../../local/template/scope.ts';
import type { Json } from '../../../local/template/template.ts';

const attributes: Record<string, Json> = { 'Bucket.Arn': 'arn:aws:s3:::b', 'Cluster.Zones': ['a', 'b'] };
const scope: Scope = {
  stack: 'lake',
  values: { 'AWS::Region': 'eu-west-1', 'AWS::Partition': 'aws', Size: 3 },
  mappings: { ByRegion: { 'eu-west-1': { zones: 3 } } },
  conditions: {
    Yes: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
    Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Either: { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] },
  },
  availabilityZones: ['eu-west-1a', 'eu-west-1b'],
  ref: (id) => (id === 'Bucket' ? 'b' : undefined),
  getAtt: (id, attribute) => attributes[`${id}.${attribute}`],
  importValue: (name) => (name === 'shared' ? 'imported' : undefined),
  stackOutput: (stack, output) => (stack === 'stream' && output === 'ClusterArn' ? 'arn:cluster' : undefined),
};
const evaluated = (value: Json): Json | undefined => evaluate(value, scope, 'Table.Properties');

describe('each intrinsic gives what CloudFormation documents', () => {
  test.each<[string, Json, Json]>([
    ['Ref of a resource', { Ref: 'Bucket' }, 'b'],
    ['Ref of a parameter', { Ref: 'Size' }, 3],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'arn:aws:s3:::b'],
    ['GetAtt as text', { 'Fn::GetAtt': 'Bucket.Arn' }, 'arn:aws:s3:::b'],
    [
      'Sub',
      { 'Fn::Sub': '${Bucket}/${Bucket.Arn}/${AWS::Region}/${!Kept}' },
      'b/arn:aws:s3:::b/eu-west-1/${Kept}',
    ],
    ['Sub with variables', { 'Fn::Sub': ['${X}-${Size}', { X: { Ref: 'Bucket' } }] }, 'b-3'],
    ['Join', { 'Fn::Join': ['', ['s3://', { Ref: 'Bucket' }, '/']] }, 's3://b/'],
    ['Join of a list attribute', { 'Fn::Join': [',', { 'Fn::GetAtt': ['Cluster', 'Zones'] }] }, 'a,b'],
    ['Select of Split', { 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    ['Select with an index as text', { 'Fn::Select': ['0', { 'Fn::GetAZs': '' }] }, 'eu-west-1a'],
    ['If, true', { 'Fn::If': ['Yes', 1, { Ref: 'Absent' }] }, 1],
    ['If, false', { 'Fn::If': ['No', { Ref: 'Absent' }, 2] }, 2],
    ['And', { 'Fn::If': ['Both', 1, 2] }, 2],
    ['Or', { 'Fn::If': ['Either', 1, 2] }, 1],
    ['FindInMap', { 'Fn::FindInMap': ['ByRegion', { Ref: 'AWS::Region' }, 'zones'] }, 3],
    ['FindInMap with a default', { 'Fn::FindInMap': ['ByRegion', 'x', 'zones', { DefaultValue: 1 }] }, 1],
    ['ImportValue', { 'Fn::ImportValue': 'shared' }, 'imported'],
    [
      'GetStackOutput',
      { 'Fn::GetStackOutput': { StackName: 'stream', OutputName: 'ClusterArn' } },
      'arn:cluster',
    ],
    ['Base64', { 'Fn::Base64': 'hi' }, 'aGk='],
    ['Cidr', { 'Fn::Cidr': ['10.0.0.0/16', 2, 8] }, ['10.0.0.0/24', '10.0.1.0/24']],
    ['NoValue in a map', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
    ['NoValue in a list', [{ Ref: 'AWS::NoValue' }, 1], [1]],
    ['NoValue chosen by If', { a: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] } }, {}],
    ['data that looks alike', { Ref: 'Bucket', other: 1 }, { Ref: 'Bucket', other: 1 }],
  ])('%s', (_name, value, expected) => {
    expect(evaluated(value)).toEqual(expected);
  });
});

describe('what cannot be evaluated is an error that names stack and path', () => {
  test.each<[string, Json, string]>([
    [
      'unknown function',
      { Name: { 'Fn::Frobnicate': 'x' } },
      'lake/Table.Properties.Name: intrinsic function Fn::Frobnicate is not known',
    ],
    [
      'missing logical id',
      { Name: { Ref: 'Absent' } },
      'lake/Table.Properties.Name.Ref: there is no parameter or resource Absent',
    ],
    [
      'missing attribute',
      [{ 'Fn::GetAtt': ['Bucket', 'Nope'] }],
      'lake/Table.Properties[0].Fn::GetAtt: there is no attribute Nope',
    ],
    [
      'missing resource in Sub',
      { 'Fn::Sub': '${Absent.Arn}' },
      'there is no attribute Arn of a resource Absent',
    ],
    ['missing condition', { 'Fn::If': ['Maybe', 1, 2] }, 'condition Maybe does not exist'],
    ['missing export', { 'Fn::ImportValue': 'nope' }, 'no stack exports nope'],
    [
      'missing output',
      { 'Fn::GetStackOutput': { StackName: 'stream', OutputName: 'X' } },
      'stack stream has no output X',
    ],
    [
      'other region',
      { 'Fn::GetStackOutput': { StackName: 'stream', OutputName: 'X', Region: 'mars-1' } },
      'another region',
    ],
    [
      'missing mapping',
      { 'Fn::FindInMap': ['ByRegion', 'x', 'zones'] },
      'mapping ByRegion.x.zones does not exist',
    ],
    ['index out of range', { 'Fn::Select': [9, ['a']] }, 'there is no item 9 in a list of 1'],
    ['map inside Join', { 'Fn::Join': ['', [{ a: 1, b: 2 }]] }, 'needs text, not a map'],
    ['blocks that do not fit', { 'Fn::Cidr': ['10.0.0.0/24', 3, 8] }, 'does not hold 3 blocks'],
  ])('%s', (_name, value, message) => {
    expect(() => evaluated(value)).toThrow(message);
  });
});
