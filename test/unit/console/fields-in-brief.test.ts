import { expect, test } from '@jest/globals';
import { fieldsInBrief } from '../../../console/src/logs/fields-in-brief.ts';

test('shows plain values beside their names', () => {
  expect(fieldsInBrief({ records: 12, isLast: false, key: 'a' })).toBe('records=12 isLast=false key=a');
});

test('leaves out what has fields of its own', () => {
  expect(fieldsInBrief({ error: { message: 'no' }, records: 12, list: [1] })).toBe('records=12');
});

test('leaves out what does not fit', () => {
  expect(fieldsInBrief({ records: 12, text: 'x'.repeat(200) })).toBe('records=12');
});
