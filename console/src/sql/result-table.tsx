import { memo } from 'react';
import type { QueryRows } from '../../api.ts';
import { ScrollRegion } from '../shell/page.tsx';
import { isNumeric } from './choose-chart.ts';

/** A result's rows, values as Athena prints them. */
export const ResultTable = memo(function ResultTable({ result }: { readonly result: QueryRows }) {
  const areNumbers = result.columns.map(({ type }) => isNumeric(type));
  return (
    <ScrollRegion label="Result" className="result">
      <table>
        <thead>
          <tr>
            {result.columns.map(({ name, type }, index) => (
              <th key={`${index}`} scope="col" className={areNumbers[index] === true ? 'number' : undefined}>
                {name}
                <span className="column-type">{type}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {result.rows.map((row, rowIndex) => (
            <tr key={`${rowIndex}`}>
              {row.map((value, index) => (
                <td key={`${index}`} className={areNumbers[index] === true ? 'number' : undefined}>
                  {value ?? <span className="null">null</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
});
