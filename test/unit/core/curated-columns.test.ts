import { expect, test } from '@jest/globals';
import { curatedColumns, sourceTopicOf, viewColumns } from '../../../core/curated-columns.ts';
import { CURATED_COLUMNS } from '../../../core/quote.ts';
import { SOURCE_COLUMNS } from '../../../core/source-coordinates.ts';

test('a topic that is not derived has the columns of the contract', () => {
  expect(sourceTopicOf('quotes')).toBeUndefined();
  expect(curatedColumns('quotes')).toEqual(CURATED_COLUMNS);
  expect(curatedColumns('a topic of somebody else')).toEqual(CURATED_COLUMNS);
});

test('a derived topic also has those of its source, behind the others and before dt', () => {
  expect(sourceTopicOf('quotes_filtered')).toBe('quotes');
  expect(curatedColumns('quotes_filtered')).toEqual([...CURATED_COLUMNS, ...SOURCE_COLUMNS]);
  expect(viewColumns('quotes_filtered').map(({ name }) => name)).toEqual([
    ...viewColumns('quotes')
      .slice(0, -1)
      .map(({ name }) => name),
    'source_log_id',
    'source_partition',
    'source_offset',
    'dt',
  ]);
});
