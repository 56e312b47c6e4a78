/** All symbols: what moved most on the last trading day, and which sectors were traded. */
import { TRADING_DAYS } from '../../../../../core/dashboard/price-data-sets.ts';
import { category, cell, column, fieldId, measure, period } from '../fields.ts';
import { equalsNumber } from '../filters.ts';
import type { SheetParts } from '../sheet.ts';
import { grid } from '../sheet.ts';
import { barChart, byColumn, byField, table } from '../visuals.ts';

const SHEET = 'market';
const CHANGE = 'change_percent';
const MOVE = 'move_percent';
const MOST_MOVERS = 20;

export function marketSheet(): SheetParts {
  return {
    sheet: {
      sheetId: SHEET,
      name: 'Market',
      contentType: 'INTERACTIVE',
      visuals: [movers(), volumeBySector(), moversTable()],
      layouts: [
        grid([
          { height: 12, visuals: { movers: 18, 'volume-by-sector': 18 } },
          { height: 12, visuals: { 'movers-table': 36 } },
        ]),
      ],
    },
    calculatedFields: [
      {
        dataSetIdentifier: TRADING_DAYS.identifier,
        name: CHANGE,
        expression: '100 * ({last_price} - {open}) / nullIf({open}, 0)',
      },
      { dataSetIdentifier: TRADING_DAYS.identifier, name: MOVE, expression: `abs({${CHANGE}})` },
    ],
    filterGroups: [
      equalsNumber(
        {
          id: 'last-trading-day',
          sheet: SHEET,
          visuals: ['movers', 'movers-table'],
          dataSet: TRADING_DAYS,
          column: 'days_before_last',
        },
        0,
      ),
    ],
  };
}

function movers() {
  return barChart({
    id: 'movers',
    title: 'Movers',
    subtitle: `The ${MOST_MOVERS} symbols that moved most since the open of the last trading day, in percent`,
    orientation: 'HORIZONTAL',
    category: category(TRADING_DAYS, 'symbol'),
    values: [measure(TRADING_DAYS, CHANGE, 'AVERAGE', 'percent')],
    sort: [byColumn(column(TRADING_DAYS, MOVE), 'DESC')],
    limit: MOST_MOVERS,
  });
}

function volumeBySector() {
  return barChart({
    id: 'volume-by-sector',
    title: 'Volume by sector',
    subtitle: 'Shares traded on each trading day',
    orientation: 'VERTICAL',
    category: period(TRADING_DAYS, 'trading_date', 'DAY'),
    values: [measure(TRADING_DAYS, 'volume', 'SUM', 'count')],
    colors: category(TRADING_DAYS, 'sector'),
    sort: [byField(fieldId(TRADING_DAYS, 'trading_date'), 'ASC')],
  });
}

function moversTable() {
  return table({
    id: 'movers-table',
    title: 'Last trading day',
    subtitle: 'Every symbol, those that moved most first',
    columns: [
      cell(TRADING_DAYS, 'symbol'),
      cell(TRADING_DAYS, 'company_name'),
      cell(TRADING_DAYS, 'sector'),
      cell(TRADING_DAYS, 'open', 'price'),
      cell(TRADING_DAYS, 'last_price', 'price'),
      cell(TRADING_DAYS, CHANGE, 'percent'),
      cell(TRADING_DAYS, MOVE, 'percent'),
      cell(TRADING_DAYS, 'volume', 'count'),
    ],
    sort: [byField(fieldId(TRADING_DAYS, MOVE), 'DESC')],
  });
}
