import { GUARDRAILS_BY_FIELD } from '../../../lib/guardrails/all-guardrails.ts';

/** The tables of docs/guardrails.md, as they have to be. */
export function guardrailTables(): string {
  return Object.entries(GUARDRAILS_BY_FIELD)
    .map(([field, guardrails]) =>
      [
        `## ${field}`,
        '',
        '| Guardrail | Forbids | Otherwise | Source |',
        '| --- | --- | --- | --- |',
        ...guardrails.map(
          ({ id, forbids, why, source }) => `| \`${id}\` | ${forbids} | ${why} | [AWS](${source}) |`,
        ),
        '',
      ].join('\n'),
    )
    .join('\n');
}
