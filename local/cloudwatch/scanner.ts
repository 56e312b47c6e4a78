/** Reads a text token by token. */
export class Scanner {
  private readonly tokens: readonly string[];
  private position = 0;

  /** @param pattern sticky; a token is its first group. @throws SyntaxError where it does not match */
  constructor(text: string, pattern: RegExp) {
    const tokens: string[] = [];
    const sticky = new RegExp(pattern.source, 'y');
    while (text.slice(sticky.lastIndex).trim() !== '') {
      const at = sticky.lastIndex;
      const token = sticky.exec(text)?.[1];
      if (token === undefined)
        throw new SyntaxError(`cannot read ${JSON.stringify(text.slice(at, at + 20))}`);
      tokens.push(token);
    }
    this.tokens = tokens;
  }

  peek(): string | undefined {
    return this.tokens[this.position];
  }

  next(): string {
    const token = this.peek();
    if (token === undefined) throw new SyntaxError('ends too early');
    this.position += 1;
    return token;
  }

  expect(wanted: string): void {
    const token = this.next();
    if (token !== wanted) throw new SyntaxError(`has ${token} where ${wanted} should be`);
  }

  end(): void {
    const token = this.peek();
    if (token !== undefined) throw new SyntaxError(`goes on with ${token}`);
  }
}
