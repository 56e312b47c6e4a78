import type { Candle } from '../../api.ts';
import { exactNumber, price } from '../format/numbers.ts';
import { newYorkTime } from '../format/times.ts';
import { ScrollRegion } from '../shell/page.tsx';

const SHOWN = 20;

/** The last candles as text: what the chart shows, for those who do not see it. */
export function CandleTable({
  symbol,
  candles,
}: {
  readonly symbol: string;
  readonly candles: readonly Candle[];
}) {
  return (
    <details className="candle-table">
      <summary>The last candles as a table</summary>
      <ScrollRegion label={`Last candles of ${symbol}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">New York</th>
              {['Open', 'High', 'Low', 'Close', 'Volume', 'Ticks'].map((title) => (
                <th key={title} scope="col" className="number">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {candles
              .slice(-SHOWN)
              .reverse()
              .map(({ time, open, high, low, close, volume, ticks }) => (
                <tr key={time}>
                  <th scope="row">{newYorkTime(time)}</th>
                  {[open, high, low, close].map((each, index) => (
                    <td key={`${index}`} className="number">
                      {price(each)}
                    </td>
                  ))}
                  <td className="number">{volume === null ? '—' : exactNumber(volume)}</td>
                  <td className="number">{ticks}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </ScrollRegion>
    </details>
  );
}
