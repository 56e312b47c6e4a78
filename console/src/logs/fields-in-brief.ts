const MAX_LENGTH = 140;

/** The fields of a structured line that are plain values, as far as they fit beside its message: `records=1250 key=…` */
export function fieldsInBrief(fields: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  let length = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
    const part = `${name}=${value}`;
    length += part.length + 1;
    if (length > MAX_LENGTH) continue;
    parts.push(part);
  }
  return parts.join(' ');
}
