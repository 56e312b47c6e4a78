import { memo } from 'react';
import { Link } from 'wouter';
import type { Mover } from '../../api.ts';
import { exactNumber, price, shortNumber, signedPercent } from '../format/numbers.ts';
import { sparkPoints } from './sort-movers.ts';

const SPARK = { width: 64, height: 18 } as const;

interface MoverRowProps {
  readonly mover: Mover;
  readonly href: string;
  readonly isShown: boolean;
}

/** Drawn again only when a quote came: the list is long and comes twice a second. */
export const MoverRow = memo(
  function MoverRow({ mover, href, isShown }: MoverRowProps) {
    const { symbol, companyName, sector, latestPrice, changePercent, latestVolume, recentPrices } = mover;
    return (
      <tr data-shown={isShown}>
        <th scope="row" title={[companyName, sector].filter((each) => each !== null).join(', ')}>
          <Link href={href} aria-current={isShown ? 'true' : undefined}>
            {symbol}
          </Link>
          <span className="company muted">{companyName}</span>
        </th>
        <td className="spark">
          <svg
            width={SPARK.width}
            height={SPARK.height}
            viewBox={`-1 -1 ${SPARK.width + 2} ${SPARK.height + 2}`}
            aria-hidden="true"
          >
            <polyline
              points={sparkPoints(recentPrices, SPARK.width, SPARK.height)}
              data-tone={toneOf(changePercent)}
            />
          </svg>
        </td>
        <td className="number">{price(latestPrice)}</td>
        <td className="number" data-tone={toneOf(changePercent)}>
          {changePercent === null ? '—' : signedPercent(changePercent)}
        </td>
        <td className="number" title={latestVolume === null ? undefined : exactNumber(latestVolume)}>
          {latestVolume === null ? '—' : shortNumber(latestVolume)}
        </td>
      </tr>
    );
  },
  (last, next) =>
    last.href === next.href &&
    last.isShown === next.isShown &&
    last.mover.at === next.mover.at &&
    last.mover.latestPrice === next.mover.latestPrice,
);

export function toneOf(change: number | null): 'good' | 'bad' | undefined {
  if (change === null || change === 0) return undefined;
  return change > 0 ? 'good' : 'bad';
}
