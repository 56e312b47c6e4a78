import type { Activity, Pipeline } from '../../api.ts';
import { ScrollRegion } from '../shell/page.tsx';
import { LevelBadge } from './legend.tsx';
import { KIND_WORDS, nodeFigures } from './node-figures.ts';

interface NodeTableProps {
  readonly pipeline: Pipeline;
  readonly activity: Activity | undefined;
  readonly onSelect: (id: string) => void;
}

/** The graph's nodes as rows, with what leads to what. */
export function NodeTable({ pipeline, activity, onSelect }: NodeTableProps) {
  const titles = new Map(pipeline.nodes.map(({ id, title }) => [id, title]));
  return (
    <ScrollRegion label="Nodes of the pipeline">
      <table>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">Kind</th>
            <th scope="col">Level</th>
            <th scope="col">Now</th>
            <th scope="col">Leads to</th>
          </tr>
        </thead>
        <tbody>
          {pipeline.nodes.map((node) => {
            const { exact } = nodeFigures(node.kind, activity?.nodes[node.id]);
            const next = pipeline.edges
              .filter(({ from }) => from === node.id)
              .map(({ to }) => titles.get(to) ?? to);
            return (
              <tr key={node.id}>
                <th scope="row">
                  <button
                    type="button"
                    className="link"
                    data-node={node.id}
                    onClick={() => {
                      onSelect(node.id);
                    }}
                  >
                    {node.title}
                  </button>
                </th>
                <td>{KIND_WORDS[node.kind]}</td>
                <td>
                  <LevelBadge level={node.level} />
                </td>
                <td>{exact.map(({ label, value }) => `${label} ${value}`).join(' · ') || '—'}</td>
                <td>{next.join(', ') || '—'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
