import { useState } from 'react';
import type { Movers } from '../../api.ts';
import { counted } from '../format/numbers.ts';
import { ScrollRegion } from '../shell/page.tsx';
import { SearchField } from '../shell/select.tsx';
import { MoverRow } from './mover-row.tsx';
import type { MoverOrder } from './sort-movers.ts';
import { searchMovers, sortMovers } from './sort-movers.ts';

/** More rows than anybody reads; the search finds the others. */
const MAX_ROWS = 150;

const COLUMNS: readonly { readonly order: MoverOrder; readonly title: string; readonly isNumber: boolean }[] =
  [
    { order: 'symbol', title: 'Symbol', isNumber: false },
    { order: 'moved', title: 'Moved', isNumber: false },
    { order: 'latestPrice', title: 'Price', isNumber: true },
    { order: 'changePercent', title: 'Change', isNumber: true },
    { order: 'latestVolume', title: 'Volume', isNumber: true },
  ];

interface MoversTableProps {
  readonly movers: Movers;
  readonly symbol: string | undefined;
  readonly hrefOf: (symbol: string) => string;
}

export function MoversTable({ movers, symbol, hrefOf }: MoversTableProps) {
  const [text, setText] = useState('');
  const [sorting, setSorting] = useState({ order: 'moved' as MoverOrder, isDescending: true });
  const found = sortMovers(searchMovers(movers.movers, text), sorting.order, sorting.isDescending);
  const sortBy = (order: MoverOrder) => {
    setSorting((last) => ({
      order,
      isDescending: last.order === order ? !last.isDescending : order !== 'symbol',
    }));
  };
  return (
    <section className="movers" aria-label="Movers">
      <SearchField
        label="Find a symbol"
        value={text}
        placeholder="symbol, company or sector"
        onChange={setText}
      />
      <ScrollRegion label="Movers by change since the open">
        <table className="movers-table">
          <thead>
            <tr>
              {COLUMNS.map(({ order, title, isNumber }) => (
                <th
                  key={order}
                  scope="col"
                  className={isNumber ? 'number' : undefined}
                  aria-sort={
                    sorting.order === order ? (sorting.isDescending ? 'descending' : 'ascending') : undefined
                  }
                >
                  <button
                    type="button"
                    className="sort"
                    onClick={() => {
                      sortBy(order);
                    }}
                  >
                    {title}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, MAX_ROWS).map((mover) => (
              <MoverRow
                key={mover.symbol}
                mover={mover}
                href={hrefOf(mover.symbol)}
                isShown={mover.symbol === symbol}
              />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <p className="muted note">
        {found.length > MAX_ROWS
          ? `The first ${MAX_ROWS} of ${counted(found.length, 'symbol')}`
          : counted(found.length, 'symbol')}
        {movers.tradingDate === null ? '' : ` on ${movers.tradingDate}`}, from the topic’s last{' '}
        {counted(movers.ticks, 'record')}
      </p>
    </section>
  );
}
