/** A value as text, with references as `${Name}`: what a person would read in it. */
export function readable(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(readable).join(',');
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument] = ['', undefined]] = Object.entries(value) as [string, unknown][];
  switch (name) {
    case 'Ref':
      return `\${${String(argument)}}`;
    case 'Fn::GetAtt':
      return `\${${(argument as string[]).join('.')}}`;
    case 'Fn::GetStackOutput':
      return `\${${(argument as { OutputName: string }).OutputName.replace(/^PublishOutput(Ref|FnGetAtt)/, '')}}`;
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(readable).join(separator);
    }
    case 'Fn::Select': {
      const [index, parts] = argument as [number, unknown];
      return `<part ${index} of ${readable(parts)}>`;
    }
    case 'Fn::Split': {
      const [separator, source] = argument as [string, unknown];
      return `${readable(source)} by ${separator}`;
    }
    case 'Fn::Sub':
      return readable(argument);
    case 'Fn::GetAZs':
      return '${AvailabilityZones}';
    default:
      return JSON.stringify(value);
  }
}
