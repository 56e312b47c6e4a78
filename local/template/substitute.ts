/** The `${…}` syntax of Fn::Sub: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html */

const PLACEHOLDER = /\$\{(!?)([^{}]*)\}/g;

/** Replaces each `${name}`; `${!name}` stands for the literal `${name}`. */
export function substitute(pattern: string, valueOf: (name: string) => string): string {
  return pattern.replace(PLACEHOLDER, (_whole, escape: string, name: string) =>
    escape === '!' ? `\${${name}}` : valueOf(name.trim()),
  );
}

/** Names that a pattern asks for, in order. */
export function placeholders(pattern: string): string[] {
  const names: string[] = [];
  substitute(pattern, (name) => {
    names.push(name);
    return '';
  });
  return names;
}
