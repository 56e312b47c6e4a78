import { describe, expect, test } from '@jest/globals';
import type { PipelineNode } from '../../../console/api.ts';
import { edgePath, layoutGraph, NODE_WIDTH, titleLines } from '../../../console/src/pipeline/layout-graph.ts';

function node(id: string): PipelineNode {
  return {
    id,
    kind: 'function',
    title: id,
    stack: 's',
    type: 't',
    physicalId: id,
    level: 'run',
    behind: 'b',
  };
}

const PIPELINE = {
  nodes: [node('topic'), node('land'), node('raw')],
  edges: [
    { from: 'topic', to: 'land', kind: 'data' },
    { from: 'land', to: 'raw', kind: 'data' },
  ],
} as const;

describe('layoutGraph', () => {
  test('places what follows to the right', () => {
    const { nodes } = layoutGraph(PIPELINE, 'across');
    const [topic, land, raw] = ['topic', 'land', 'raw'].map((id) => nodes.get(id)?.x ?? Number.NaN);
    expect((land ?? 0) - (topic ?? 0)).toBeGreaterThan(NODE_WIDTH);
    expect((raw ?? 0) - (land ?? 0)).toBeGreaterThan(NODE_WIDTH);
  });

  test('places what follows below on narrow screens', () => {
    const { nodes, width, height } = layoutGraph(PIPELINE, 'down');
    expect(nodes.get('land')?.y).toBeGreaterThan(nodes.get('topic')?.y ?? Number.NaN);
    expect(height).toBeGreaterThan(width);
  });

  test('draws two edges between the same nodes, one of each kind', () => {
    const edges = [...PIPELINE.edges, { from: 'topic', to: 'land', kind: 'trigger' }] as const;
    expect(
      layoutGraph({ ...PIPELINE, edges }, 'across').edges.map(({ points }) => points.length > 1),
    ).toEqual([true, true, true]);
  });

  test('leaves out edges of nodes that are not there', () => {
    const edges = [{ from: 'topic', to: 'elsewhere', kind: 'data' }] as const;
    expect(layoutGraph({ ...PIPELINE, edges }, 'across').edges).toEqual([]);
  });

  test('lays out a cycle: what a function reads and writes', () => {
    const edges = [...PIPELINE.edges, { from: 'raw', to: 'land', kind: 'data' }] as const;
    expect(layoutGraph({ ...PIPELINE, edges }, 'across').edges).toHaveLength(3);
  });
});

describe('edgePath', () => {
  test('runs from the first point to the last', () => {
    const path = edgePath([
      { x: 0, y: 0 },
      { x: 10, y: 5 },
      { x: 20, y: 0 },
    ]);
    expect(path).toBe('M0.0,0.0Q10.0,5.0 20.0,0.0L20.0,0.0');
  });

  test('is empty without a way', () => {
    expect(edgePath([{ x: 0, y: 0 }])).toBe('');
  });
});

describe('titleLines', () => {
  test.each([
    ['quotes', ['quotes']],
    ['move-cut', ['move-cut']],
    ['land-quotes-filtered', ['land-quotes-', 'filtered']],
    ['raw/quarantine/quotes_filtered', ['quarantine/', 'quotes_filtered']],
    ['rate(1 minute)', ['rate(1', 'minute)']],
    ['averyverylongname', ['averyverylongn…']],
  ])('parts %s', (title, lines) => {
    expect(titleLines(title)).toEqual(lines);
  });
});
