import { TickerlakeError } from '../../core/errors.ts';
import type { ViewName } from './manage-view.ts';

/** Properties of Custom::AthenaView. @throws TickerlakeError EVENT_MALFORMED */
export function parseProperties(properties: Readonly<Record<string, unknown>>): ViewName {
  return { database: textOf(properties, 'DatabaseName'), view: textOf(properties, 'ViewName') };
}

function textOf(properties: Readonly<Record<string, unknown>>, name: string): string {
  const value = properties[name];
  if (typeof value === 'string' && /^[a-z0-9_]+$/.test(value)) return value;
  throw new TickerlakeError(
    'EVENT_MALFORMED',
    `property ${name} of the view is not a name of a-z, 0-9 and _`,
    {
      hint: 'correct the custom resource in the template',
    },
  );
}
