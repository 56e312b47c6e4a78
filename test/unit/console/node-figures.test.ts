import { describe, expect, test } from '@jest/globals';
import type { PipelineNode } from '../../../console/api.ts';
import { nodeFigures, nodeInWords } from '../../../console/src/pipeline/node-figures.ts';
import { isQuarantine, nodeLinks } from '../../../console/src/pipeline/node-links.ts';

const NODE: PipelineNode = {
  id: 'topic:quotes',
  kind: 'topic',
  title: 'quotes',
  stack: 'stream',
  type: 'AWS::MSK::Topic',
  physicalId: 'quotes',
  level: 'run',
  behind: 'a topic of the broker',
};

describe('nodeFigures', () => {
  test('shows a topic’s records and their rate', () => {
    expect(nodeFigures('topic', { records: 20_000, recordsPerSecond: 83 })).toMatchObject({
      main: '20k',
      side: '83/s',
    });
  });

  test('shows a function’s errors before its lag', () => {
    const figures = nodeFigures('function', { invocations: 1, lag: 5, errors: 2 });
    expect(figures).toMatchObject({ main: '1 call', side: '2 errors', tone: 'bad' });
  });

  test('marks dead letters that wait', () => {
    expect([
      nodeFigures('dead-letters', { waiting: 1 }).tone,
      nodeFigures('dead-letters', { waiting: 0 }).tone,
    ]).toEqual(['bad', 'good']);
  });

  test('marks a job that failed', () => {
    expect(nodeFigures('job', { state: 'FAILED' })).toMatchObject({ main: 'failed', tone: 'bad' });
  });

  test('says so where figures cannot be told', () => {
    expect(nodeFigures('topic', { problem: 'the broker does not answer' })).toMatchObject({
      main: '?',
      tone: 'warn',
    });
  });

  test('tells all figures exactly', () => {
    expect(nodeInWords(NODE, nodeFigures('topic', { records: 20_010, recordsPerSecond: 83 }))).toBe(
      'Kafka topic quotes, run: Records 20,010, Records a second 83',
    );
  });
});

describe('nodeLinks', () => {
  const known = {
    topics: ['quotes', 'quotes_filtered'],
    logs: [{ name: 'land-quotes', kind: 'function', bytes: 1 }] as const,
  };

  test('leads from a topic to its records', () => {
    expect(nodeLinks(NODE, known)).toEqual([{ title: 'Its records', href: '/topics/quotes' }]);
  });

  test('leads from a function to its log', () => {
    const land = {
      ...NODE,
      kind: 'function',
      title: 'land-quotes',
      physicalId: 'tickerlake-dev-land-quotes',
    } as const;
    expect(nodeLinks(land, known)).toEqual([{ title: 'Log of land-quotes', href: '/logs/land-quotes' }]);
  });

  test('leads from quarantine to that of its topic', () => {
    const quarantine = {
      ...NODE,
      kind: 'objects',
      title: 'raw/quarantine/quotes_filtered',
      physicalId: 's3://b',
    } as const;
    expect(nodeLinks(quarantine, known)[0]?.href).toBe('/quarantine?topic=quotes_filtered');
  });

  test('takes raw objects for no quarantine', () => {
    expect(isQuarantine({ kind: 'objects', title: 'raw/quotes' })).toBe(false);
  });
});
