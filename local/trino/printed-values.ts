/** Values of Trino's protocol as Athena prints them. Most come as the text that Athena shows. */
import type { TrinoValue, TypeSignature } from './client.ts';

type Print = (value: TrinoValue) => string;

/** How values of a type are printed; null is never among them. */
export function printerOf({ rawType, arguments: parts }: TypeSignature): Print {
  switch (rawType) {
    case 'array': {
      const print = nullable(printerOf(typeAt(parts, 0)));
      return (value) => `[${(value as readonly TrinoValue[]).map(print).join(', ')}]`;
    }
    case 'map': {
      const print = nullable(printerOf(typeAt(parts, 1)));
      return (value) => {
        const entries = Object.entries(value as Readonly<Record<string, TrinoValue>>);
        return `{${entries.map(([key, item]) => `${key}=${print(item)}`).join(', ')}}`;
      };
    }
    case 'row': {
      const fields = parts.map(fieldOf);
      return (value) => {
        const items = value as readonly TrinoValue[];
        const printed = fields.map(({ name, print }, index) => `${name}=${print(items[index] ?? null)}`);
        return `{${printed.join(', ')}}`;
      };
    }
    case 'varbinary':
      return (value) =>
        [...Buffer.from(value as string, 'base64')]
          .map((byte) => byte.toString(16).padStart(2, '0'))
          .join(' ');
    default:
      return String;
  }
}

function nullable(print: Print): Print {
  return (value) => (value === null ? 'null' : print(value));
}

function typeAt(parts: TypeSignature['arguments'], index: number): TypeSignature {
  return parts[index]?.value as TypeSignature;
}

function fieldOf(
  { value }: TypeSignature['arguments'][number],
  index: number,
): { readonly name: string; readonly print: Print } {
  const { fieldName, typeSignature } = value as {
    readonly fieldName?: { readonly name: string };
    readonly typeSignature: TypeSignature;
  };
  return { name: fieldName?.name ?? `field${index}`, print: nullable(printerOf(typeSignature)) };
}
