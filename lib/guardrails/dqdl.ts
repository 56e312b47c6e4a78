/**
 * As much of the Data Quality Definition Language as tells a ruleset from a mistake: its rules, their types and parameters,
 * conditions, thresholds and filters. https://docs.aws.amazon.com/glue/latest/dg/dqdl.html
 */

/** How many quoted parameters a rule has, and whether a condition has to follow them. */
interface RuleType {
  readonly parameters: readonly [least: number, most: number];
  readonly condition: 'required' | 'optional' | 'none';
}

const COLUMN: RuleType = { parameters: [1, 1], condition: 'none' };
const MEASURED_COLUMN: RuleType = { parameters: [1, 1], condition: 'required' };
const MEASURED: RuleType = { parameters: [0, 0], condition: 'required' };
const MANY = Number.POSITIVE_INFINITY;

/** https://docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types.html */
const RULE_TYPES: Readonly<Record<string, RuleType>> = {
  AggregateMatch: { parameters: [2, 2], condition: 'required' },
  ColumnCorrelation: { parameters: [2, 2], condition: 'required' },
  ColumnCount: MEASURED,
  ColumnDataType: MEASURED_COLUMN,
  ColumnExists: COLUMN,
  ColumnLength: MEASURED_COLUMN,
  ColumnNamesMatchPattern: COLUMN,
  ColumnValues: MEASURED_COLUMN,
  Completeness: MEASURED_COLUMN,
  CustomSql: { parameters: [1, 1], condition: 'optional' },
  DataFreshness: MEASURED_COLUMN,
  DatasetMatch: { parameters: [2, 3], condition: 'required' },
  DetectAnomalies: { parameters: [1, 3], condition: 'none' },
  DistinctValuesCount: MEASURED_COLUMN,
  Entropy: MEASURED_COLUMN,
  FileFreshness: MEASURED_COLUMN,
  FileMatch: { parameters: [1, 2], condition: 'optional' },
  FileSize: MEASURED_COLUMN,
  FileUniqueness: { parameters: [1, 1], condition: 'optional' },
  IsComplete: COLUMN,
  IsPrimaryKey: { parameters: [1, MANY], condition: 'none' },
  IsUnique: COLUMN,
  Mean: MEASURED_COLUMN,
  ReferentialIntegrity: { parameters: [2, 2], condition: 'required' },
  RowCount: MEASURED,
  RowCountMatch: { parameters: [1, 1], condition: 'required' },
  SchemaMatch: { parameters: [1, 1], condition: 'required' },
  StandardDeviation: MEASURED_COLUMN,
  Sum: MEASURED_COLUMN,
  UniqueValueRatio: MEASURED_COLUMN,
  Uniqueness: MEASURED_COLUMN,
};

const TOKEN =
  /\s*(?:(#[^\n]*)|("(?:[^"\\]|\\.)*")|([A-Za-z_]\w*)|(-?\d+(?:\.\d+)?%?)|(>=|<=|!=|[=<>()[\],+*/-]))/y;
const ARITHMETIC = ['+', '-', '*', '/'];
const COMPARISONS = ['=', '!=', '<', '>', '<=', '>='];

/** What is wrong with a ruleset first, with its line; undefined if nothing is. */
export function dqdlFault(ruleset: string): string | undefined {
  try {
    new Parser(ruleset).parse();
    return undefined;
  } catch (error) {
    if (error instanceof DqdlError) return error.message;
    throw error;
  }
}

class DqdlError extends Error {}

interface Token {
  readonly kind: 'text' | 'word' | 'number' | 'mark' | 'end';
  readonly text: string;
  readonly line: number;
}

class Parser {
  private readonly tokens: readonly Token[];
  private position = 0;

  constructor(ruleset: string) {
    this.tokens = tokenize(ruleset);
  }

  parse(): void {
    this.expectWord('Rules');
    this.expect('=');
    this.expect('[');
    for (;;) {
      this.composite();
      if (this.take(']')) break;
      this.expect(',');
    }
    if (this.token.text === 'Analyzers')
      throw this.error('rules alone: analyzers find nothing that could fail');
    if (this.token.kind !== 'end') throw this.error('the end of the ruleset');
  }

  /** A rule, or rules in brackets with `and` or `or` between. */
  private composite(): void {
    if (!this.take('(')) {
      this.rule();
      return;
    }
    this.composite();
    this.expect(')');
    while (this.take('and') || this.take('or')) {
      this.expect('(');
      this.composite();
      this.expect(')');
    }
  }

  private rule(): void {
    const { text: name, kind } = this.token;
    const type = RULE_TYPES[name];
    if (kind !== 'word' || type === undefined)
      throw this.error('a rule type, such as IsComplete or RowCount');
    this.position += 1;
    let parameters = 0;
    for (; this.token.kind === 'text'; parameters += 1) this.position += 1;
    const [least, most] = type.parameters;
    if (parameters < least || parameters > most)
      throw this.error(
        `${least === most ? least : `${least} or more`} quoted parameters for ${name}, not ${parameters}`,
      );
    const hasCondition = this.condition();
    if (hasCondition && type.condition === 'none') throw this.error(`no condition after ${name}`);
    if (!hasCondition && type.condition === 'required')
      throw this.error(`a condition after ${name}, such as = 0 or between 1 and 9`);
    if (this.take('with')) {
      this.expectWord('threshold');
      if (!this.condition()) throw this.error('a condition of the threshold');
    }
    if (this.take('where')) this.expectKind('text', 'a quoted SQL condition after where');
  }

  private condition(): boolean {
    if (COMPARISONS.includes(this.token.text) && this.token.kind === 'mark') {
      this.position += 1;
      this.operand();
      return true;
    }
    this.take('not');
    if (this.take('between')) {
      this.operand();
      this.expectWord('and');
      this.operand();
      return true;
    }
    if (this.take('in')) {
      this.expect('[');
      do this.operand();
      while (this.take(','));
      this.expect(']');
      return true;
    }
    if (this.take('matches')) {
      this.expectKind('text', 'a quoted pattern after matches');
      return true;
    }
    return false;
  }

  /** A number, a quoted value, a keyword, `24 hours`, or a function of dates and former results in brackets. */
  private operand(): void {
    if (this.take('(')) {
      this.operand();
      this.expect(')');
    } else if (this.token.kind === 'number') {
      this.position += 1;
      if (/^(days|hours|minutes)$/.test(this.token.text)) this.position += 1;
    } else if (this.token.kind === 'text') this.position += 1;
    else if (/^(NULL|EMPTY|WHITESPACES_ONLY|true|false)$/.test(this.token.text)) this.position += 1;
    else this.call();
    // now() - 3 days; without a space the sign is the number's.
    const isSum = ARITHMETIC.some((mark) => this.take(mark));
    if (isSum || this.token.kind === 'number') this.operand();
  }

  private call(): void {
    this.expectKind('word', 'a value to compare with');
    this.expect('(');
    for (let depth = 1; depth > 0; this.position += 1) {
      if (this.token.kind === 'end') throw this.error('a closing bracket');
      if (this.token.text === '(') depth += 1;
      if (this.token.text === ')') depth -= 1;
    }
  }

  private get token(): Token {
    return this.tokens[this.position] ?? { kind: 'end', text: 'the end', line: 0 };
  }

  private take(text: string): boolean {
    const isThere = this.token.kind !== 'text' && this.token.text === text;
    if (isThere) this.position += 1;
    return isThere;
  }

  private expect(mark: string): void {
    if (!this.take(mark)) throw this.error(mark);
  }

  private expectWord(word: string): void {
    if (!this.take(word)) throw this.error(word);
  }

  private expectKind(kind: Token['kind'], what: string): void {
    if (this.token.kind !== kind) throw this.error(what);
    this.position += 1;
  }

  private error(expected: string): DqdlError {
    const { text, line } = this.token;
    return new DqdlError(`line ${line}: ${text} where DQDL has ${expected}`);
  }
}

function tokenize(ruleset: string): readonly Token[] {
  const tokens: Token[] = [];
  const end = ruleset.trimEnd().length;
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < end) {
    const start = pattern.lastIndex;
    const match = pattern.exec(ruleset);
    const at =
      match === null ? start + (/^\s*/.exec(ruleset.slice(start))?.[0].length ?? 0) : pattern.lastIndex;
    const line = ruleset.slice(0, at).split('\n').length;
    if (match === null) throw new DqdlError(`line ${line}: ${ruleset.slice(at, at + 20)} is not DQDL`);
    const [, comment, text, word, number, mark] = match;
    if (comment !== undefined) continue;
    if (text !== undefined) tokens.push({ kind: 'text', text, line });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, line });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, line });
    else tokens.push({ kind: 'mark', text: mark ?? '', line });
  }
  const line = ruleset.split('\n').length;
  return [...tokens, { kind: 'end', text: 'the end', line }];
}
