import { describe, expect, test } from '@jest/globals';
import type { NodeKind, PipelineEdge, PipelineNode } from '../../../console/api.ts';
import { recordsWay } from '../../../console/src/pipeline/records-way.ts';

function node(id: string, kind: NodeKind): PipelineNode {
  return { id, kind, title: id, stack: 's', type: 't', physicalId: id, level: 'run', behind: 'b' };
}

function edges(kind: PipelineEdge['kind'], ...pairs: readonly string[]): readonly PipelineEdge[] {
  return pairs.map((pair) => {
    const [from = '', to = ''] = pair.split('>');
    return { from, to, kind };
  });
}

/** A small lake: what sweeps asks for curation again by what receipts and quarantine say. */
const PIPELINE = {
  nodes: [
    node('schedule', 'schedule'),
    node('produce', 'function'),
    node('quotes', 'topic'),
    node('land', 'function'),
    node('raw', 'objects'),
    node('queue', 'queue'),
    node('dead', 'dead-letters'),
    node('curate', 'function'),
    node('curated', 'objects'),
    node('receipts', 'objects'),
    node('raw/quarantine', 'objects'),
    node('sweep', 'function'),
    node('sweeps', 'objects'),
    node('compact', 'job'),
    node('history', 'objects'),
    node('view', 'view'),
    node('filter', 'function'),
    node('filtered', 'topic'),
    node('serve', 'function'),
    node('rds', 'database'),
    node('crawler', 'crawler'),
  ],
  edges: [
    ...edges('trigger', 'schedule>produce', 'raw>queue', 'queue>curate', 'queue>dead', 'sweep>queue'),
    ...edges('data', 'produce>quotes', 'quotes>land', 'land>raw', 'raw>land', 'raw>curate', 'curate>curated'),
    ...edges(
      'data',
      'curate>receipts',
      'curate>raw/quarantine',
      'raw/quarantine>sweep',
      'receipts>sweep',
      'sweep>sweeps',
    ),
    ...edges('data', 'curated>compact', 'compact>history', 'history>view', 'curated>view'),
    ...edges('data', 'quotes>filter', 'filter>filtered', 'filtered>serve', 'serve>rds', 'rds>crawler'),
  ],
  resources: [],
} as const;

const ids = () => new Set(recordsWay(PIPELINE).nodes.map(({ id }) => id));

describe('recordsWay', () => {
  test.each(['produce', 'quotes', 'land', 'raw', 'curate', 'curated', 'view'])('leads through %s', (id) => {
    expect(ids()).toContain(id);
  });

  test('leads through the queue that wakes curation', () => {
    expect(ids()).toContain('queue');
  });

  test('leads into quarantine', () => {
    expect(ids()).toContain('raw/quarantine');
  });

  test('leads through history, although curated rows reach the view sooner', () => {
    expect(ids()).toContain('history');
  });

  test('leads through the derived topic to the database', () => {
    expect([...ids()]).toEqual(expect.arrayContaining(['filter', 'filtered', 'serve', 'rds']));
  });

  test.each(['schedule', 'dead', 'receipts', 'sweep', 'sweeps', 'crawler'])('leaves out %s', (id) => {
    expect(ids()).not.toContain(id);
  });

  test('keeps all edges between what it keeps', () => {
    const way = recordsWay(PIPELINE);
    expect(way.edges).toContainEqual({ from: 'raw', to: 'land', kind: 'data' });
    expect(way.edges.every(({ from, to }) => ids().has(from) && ids().has(to))).toBe(true);
  });

  test('is empty without a topic', () => {
    expect(recordsWay({ nodes: [node('view', 'view')], edges: [], resources: [] }).nodes).toEqual([]);
  });
});
