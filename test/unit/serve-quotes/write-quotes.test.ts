/** How values reach PostgreSQL. That it reads them so is test/local/serving's to show. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arrayLiteral } from '../../../lambdas/serve-quotes/write-quotes.ts';

const same = <T>(value: T): T => value;

test('numbers stand bare, text in quotes, and what is missing as NULL', () => {
  expect(arrayLiteral([1.5, -0, 1e21, null, 'NULL', ''], same)).toBe('{1.5,0,1e+21,NULL,"NULL",""}');
  expect(arrayLiteral([], same)).toBe('{}');
});

test('quotes and backslashes are escaped, and nothing else is', () => {
  expect(arrayLiteral(['a"b', 'c\\d', "e,{}\n'é"], same)).toBe('{"a\\"b","c\\\\d","e,{}\n\'é"}');
});

test('whatever a text holds, the array reads back as it was', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.string({ unit: fc.constantFrom('"', '\\', ',', '{', 'a', '\n') }))),
      (texts) => {
        expect(readArray(arrayLiteral(texts, same))).toEqual(texts);
      },
    ),
  );
});

/** By the rules of https://www.postgresql.org/docs/17/arrays.html#ARRAYS-IO, for elements that are quoted or NULL. */
function readArray(literal: string): (string | null)[] {
  const inside = literal.slice(1, -1);
  const elements = inside.match(/"(?:\\[^]|[^"\\])*"|NULL/g) ?? [];
  expect(elements.join(',')).toBe(inside);
  return elements.map((element) =>
    element === 'NULL' ? null : element.slice(1, -1).replaceAll(/\\([^])/g, '$1'),
  );
}
