/** One symbol: its price as it comes in, and candles of the days before. */
import { CANDLES, TICKS, TRADING_DAYS } from '../../../../../core/dashboard/price-data-sets.ts';
import { column, fieldId, measure, period } from '../fields.ts';
import { equalsParameter, lastDays } from '../filters.ts';
import type { SheetParts } from '../sheet.ts';
import { controlRow, grid } from '../sheet.ts';
import { byField, comboChart, lineChart } from '../visuals.ts';

const SHEET = 'prices';
const SYMBOL = 'symbol';
const CANDLE_PERIOD = 'candle-period';

/** What is shown before somebody picks a symbol. */
const FIRST_SYMBOL = 'AAPL';
const FIRST_DAYS = 5;

export function pricesSheet(): SheetParts {
  return {
    sheet: {
      sheetId: SHEET,
      name: 'Prices',
      contentType: 'INTERACTIVE',
      visuals: [priceLine(), candles()],
      parameterControls: [
        {
          dropdown: {
            parameterControlId: 'symbol-picker',
            title: 'Symbol',
            sourceParameterName: SYMBOL,
            type: 'SINGLE_SELECT',
            selectableValues: { linkToDataSetColumn: column(TRADING_DAYS, 'symbol') },
          },
        },
      ],
      filterControls: [
        {
          relativeDateTime: {
            filterControlId: 'candle-period-picker',
            title: 'Candles of',
            sourceFilterId: CANDLE_PERIOD,
          },
        },
      ],
      sheetControlLayouts: [
        controlRow({ 'symbol-picker': 'PARAMETER_CONTROL', 'candle-period-picker': 'FILTER_CONTROL' }),
      ],
      layouts: [
        grid([
          { height: 10, visuals: { 'price-line': 36 } },
          { height: 12, visuals: { candles: 36 } },
        ]),
      ],
    },
    parameters: [
      {
        stringParameterDeclaration: {
          name: SYMBOL,
          parameterValueType: 'SINGLE_VALUED',
          defaultValues: { staticValues: [FIRST_SYMBOL] },
        },
      },
    ],
    filterGroups: [
      equalsParameter(
        { id: 'ticks-symbol', sheet: SHEET, visuals: ['price-line'], dataSet: TICKS, column: 'symbol' },
        SYMBOL,
      ),
      equalsParameter(
        { id: 'candles-symbol', sheet: SHEET, visuals: ['candles'], dataSet: CANDLES, column: 'symbol' },
        SYMBOL,
      ),
      lastDays(
        { id: CANDLE_PERIOD, sheet: SHEET, visuals: ['candles'], dataSet: CANDLES, column: 'candle_start' },
        FIRST_DAYS,
      ),
    ],
  };
}

function priceLine() {
  return lineChart({
    id: 'price-line',
    title: 'Price',
    subtitle: 'Average of each minute, US dollars; asked of Athena with each look',
    category: period(TICKS, 'event_time', 'MINUTE'),
    values: [measure(TICKS, 'latest_price', 'AVERAGE', 'price')],
    sort: [byField(fieldId(TICKS, 'event_time'), 'ASC')],
  });
}

/** QuickSight has no candlestick: the four prices are lines over the volume. */
function candles() {
  return comboChart({
    id: 'candles',
    title: 'Candles of five minutes',
    subtitle: 'Open, high, low and close in US dollars over the volume traded; as of the last import',
    category: period(CANDLES, 'candle_start', 'MINUTE'),
    bars: [measure(CANDLES, 'volume', 'SUM', 'count')],
    lines: [
      measure(CANDLES, 'open', 'AVERAGE', 'price'),
      measure(CANDLES, 'high', 'MAX', 'price'),
      measure(CANDLES, 'low', 'MIN', 'price'),
      measure(CANDLES, 'close', 'AVERAGE', 'price'),
    ],
    sort: [byField(fieldId(CANDLES, 'candle_start'), 'ASC')],
  });
}
