import type { Candle } from '../../api.ts';
import { exactNumber, price, shortNumber, signedPercent } from '../format/numbers.ts';
import { newYorkTime } from '../format/times.ts';
import { toneOf } from './mover-row.tsx';

/** Open, high, low, close and volume of the candle under the pointer, else the last. */
export function CandleLegend({ candle }: { readonly candle: Candle | undefined }) {
  if (candle === undefined) return <div className="candle-legend">…</div>;
  const { time, open, high, low, close, volume } = candle;
  const percent = open === 0 ? 0 : (100 * (close - open)) / open;
  return (
    <dl className="candle-legend">
      <div>
        <dt>New York</dt>
        <dd>{newYorkTime(time)}</dd>
      </div>
      {Object.entries({ O: open, H: high, L: low, C: close }).map(([letter, value]) => (
        <div key={letter}>
          <dt>{letter}</dt>
          <dd>{price(value)}</dd>
        </div>
      ))}
      <div>
        <dt>V</dt>
        <dd title={volume === null ? undefined : exactNumber(volume)}>
          {volume === null ? '—' : shortNumber(volume)}
        </dd>
      </div>
      <div>
        <dt className="visually-hidden">Change</dt>
        <dd data-tone={toneOf(percent)}>{signedPercent(percent)}</dd>
      </div>
    </dl>
  );
}
