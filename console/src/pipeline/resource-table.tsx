import type { Pipeline } from '../../api.ts';
import { exactNumber } from '../format/numbers.ts';
import { ScrollRegion } from '../shell/page.tsx';
import { LEVEL_WORDS, LevelBadge } from './legend.tsx';

/** Everything that the templates have, by what becomes of it here. */
export function ResourceTable({ resources }: Pick<Pipeline, 'resources'>) {
  const total = resources.reduce((sum, { count }) => sum + count, 0);
  const levels = (['run', 'emulated', 'checked'] as const).map((level) => ({
    level,
    ofLevel: resources.filter((resource) => resource.level === level),
  }));
  return (
    <details className="resources">
      <summary>
        <h2>All {exactNumber(total)} resources of the templates</h2>
      </summary>
      <ScrollRegion label="Resource types by level">
        <table>
          <thead>
            <tr>
              <th scope="col">Type</th>
              <th scope="col" className="number">
                Count
              </th>
              <th scope="col">What stands behind it</th>
            </tr>
          </thead>
          {levels.map(({ level, ofLevel }) => (
            <tbody key={level}>
              <tr className="group">
                <th colSpan={3} scope="rowgroup">
                  <LevelBadge level={level} /> <span className="muted">{LEVEL_WORDS[level]}</span>
                </th>
              </tr>
              {ofLevel.map(({ type, count, behind }) => (
                <tr key={type}>
                  <th scope="row">{type}</th>
                  <td className="number">{count}</td>
                  <td className="prose">{behind}</td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </ScrollRegion>
    </details>
  );
}
