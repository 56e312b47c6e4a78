import { describe, expect, test } from '@jest/globals';
import { type SeenRow, SeenRows } from '../../faults/seen-rows.ts';

const A: SeenRow = ['0/1', 'AAPL'];
const B: SeenRow = ['0/2', 'MSFT'];
const CLEAN = { lost: 0, duplicated: 0, changed: 0, first: undefined };

function seen(answers: readonly (readonly SeenRow[])[]): SeenRows {
  const rows = new SeenRows();
  for (const answer of answers) rows.add(answer);
  return rows;
}

describe('a reader of a view', () => {
  test('may see rows added', () => {
    expect(seen([[A], [A, B], [B, A]]).verdict).toEqual({ ...CLEAN, answers: 3 });
  });

  test.each([
    ['a row that it saw is missing', [[A], [A, B], [A]], { lost: 1 }, 'answer 3: 0/2 missing'],
    ['a row is there twice', [[A], [A, B, B]], { duplicated: 1 }, 'answer 2: 0/2 shown twice'],
    ['a row says something else', [[A], [['0/1', 'TSLA']]], { changed: 1 }, 'answer 2: 0/1 AAPL became TSLA'],
  ] as const)('must not find that %s', (_, answers, counts, first) => {
    expect(seen(answers).verdict).toEqual({ ...CLEAN, answers: answers.length, ...counts, first });
  });
});
