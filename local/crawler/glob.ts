/**
 * Exclude patterns of a crawler's S3 target, over a key relative to the include path.
 * https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html#crawler-data-stores-exclude
 */

/**
 * Compiles a glob: `*` and `?` stay within a folder, `**` does not; `[a-c]` and `[!a]` are one character, `{a,b}` a choice, and
 * a backslash takes the next character as it is.
 * @throws Error for brackets or braces that do not end
 */
export function compileGlob(glob: string): RegExp {
  let source = '';
  let isInChoice = false;
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob.charAt(at);
    if (character === '\\') {
      at += 1;
      source += literal(glob.charAt(at));
    } else if (character === '*') {
      const isDeep = glob.charAt(at + 1) === '*';
      if (isDeep) at += 1;
      source += isDeep ? '.*' : '[^/]*';
    } else if (character === '?') {
      source += '[^/]';
    } else if (character === '[') {
      const end = glob.indexOf(']', at + 2);
      if (end === -1) throw new Error(`exclusion ${glob} has a [ without its ]`);
      source += bracket(glob.slice(at + 1, end));
      at = end;
    } else if (character === '{' && !isInChoice) {
      isInChoice = true;
      source += '(?:';
    } else if (character === '}' && isInChoice) {
      isInChoice = false;
      source += ')';
    } else if (character === ',' && isInChoice) {
      source += '|';
    } else {
      source += literal(character);
    }
  }
  if (isInChoice) throw new Error(`exclusion ${glob} has a { without its }`);
  return new RegExp(`^${source}$`, 'su');
}

/** Within brackets `*`, `?` and a backslash stand for themselves, and no slash is ever matched. */
function bracket(content: string): string {
  const isNegated = content.startsWith('!');
  const characters = (isNegated ? content.slice(1) : content).replaceAll(/[\\\]^[]/g, String.raw`\$&`);
  return isNegated ? `[^/${characters}]` : `(?!/)[${characters}]`;
}

function literal(character: string): string {
  return character.replace(/[$()*+.?[\\\]^{|}/]/, String.raw`\$&`);
}
