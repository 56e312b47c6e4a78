/** What the speed path serves: the newest quote of each symbol on the watchlist, from PostgreSQL. */
import { SERVED_QUOTES } from '../../../../../core/dashboard/serving-data-sets.ts';
import { cell, distinctCount, fieldId, newest } from '../fields.ts';
import type { SheetParts } from '../sheet.ts';
import { grid } from '../sheet.ts';
import { byField, kpi, table } from '../visuals.ts';

export function watchlistSheet(): SheetParts {
  return {
    sheet: {
      sheetId: 'watchlist',
      name: 'Watchlist',
      contentType: 'INTERACTIVE',
      visuals: [symbols(), newestServed(), latestQuotes()],
      layouts: [
        grid([
          { height: 5, visuals: { 'served-symbols': 18, 'newest-served': 18 } },
          { height: 16, visuals: { 'latest-quotes': 36 } },
        ]),
      ],
    },
  };
}

function symbols() {
  return kpi({
    id: 'served-symbols',
    title: 'Symbols served',
    subtitle: 'That the watchlist kept a quote of',
    value: distinctCount(SERVED_QUOTES, 'symbol'),
  });
}

function newestServed() {
  return kpi({
    id: 'newest-served',
    title: 'Newest quote served',
    subtitle: 'UTC; asked of PostgreSQL with each look',
    value: newest(SERVED_QUOTES, 'ts'),
  });
}

function latestQuotes() {
  return table({
    id: 'latest-quotes',
    title: 'Latest quotes',
    subtitle: 'The newest of each symbol, and the record of topic quotes that it repeats',
    columns: [
      cell(SERVED_QUOTES, 'symbol'),
      cell(SERVED_QUOTES, 'company_name'),
      cell(SERVED_QUOTES, 'latest_price', 'price'),
      cell(SERVED_QUOTES, 'low', 'price'),
      cell(SERVED_QUOTES, 'high', 'price'),
      cell(SERVED_QUOTES, 'ts'),
      cell(SERVED_QUOTES, 'source_partition', 'count'),
      cell(SERVED_QUOTES, 'source_offset', 'count'),
    ],
    sort: [byField(fieldId(SERVED_QUOTES, 'symbol'), 'ASC')],
  });
}
