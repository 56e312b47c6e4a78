import type { Terminal } from '../terminal/terminal.ts';
import { ACCEPTED_CHANGES } from './accepted-changes.ts';
import { RULES } from './finding.ts';
import {
  acceptingLine,
  changeLines,
  type Report,
  type SharedFinding,
  shareFindings,
  summary,
} from './report.ts';

/** The report for people: dangers first, and what to do about each. */
export function renderText(terminal: Terminal, report: Report): string {
  const { dangers, cautions, accepted, stale, changes, against, stages } = report;
  const title = (text: string): string => terminal.styled('bold', text);
  const sections = [
    section(
      title(terminal.styled('red', 'Danger')),
      shareFindings(dangers).flatMap((shared) => [
        ...findingLines(terminal, shared, terminal.styled('red', '✗')),
        `    accept:  ${terminal.styled('dim', JSON.stringify(acceptingLine(shared)))}`,
      ]),
    ),
    section(
      title(`Stale lines of ${ACCEPTED_CHANGES}`),
      stale.map((line) => `${terminal.styled('red', '✗')} ${line} Remove it.`),
    ),
    section(
      title('Look at'),
      shareFindings(cautions).flatMap((shared) =>
        findingLines(terminal, shared, terminal.styled('yellow', '!')),
      ),
    ),
    section(
      title('Accepted'),
      accepted.map(
        ({ finding, reason, until }) =>
          `· ${finding.key} [${String(finding.stage)}] until ${until}: ${reason}`,
      ),
    ),
    section(
      title('What a deployment would change'),
      changeLines(changes).map((line) => `· ${line}`),
    ),
  ];
  const head = `${stages.join(' and ')} against ${against}: ${summary(report)}`;
  const end = report.isSafe
    ? []
    : [
        `docs/safe-changes.md tells what each finding means and how to accept one in ${ACCEPTED_CHANGES}.`,
        '',
      ];
  return [title(head), '', ...sections.flat(), ...end].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), ''];
}

function findingLines(
  terminal: Terminal,
  { finding, stages }: SharedFinding,
  mark: string,
): readonly string[] {
  const { rule, address, type, what, details, instead } = finding;
  const where = stages.length === 0 ? '' : ` [${stages.join(', ')}]`;
  return [
    `${mark} ${terminal.styled('bold', `${RULES[rule]}: ${address}`)} (${type})${where}`,
    `    ${what}`,
    ...details.map((detail) => `    · ${detail}`),
    `    instead: ${instead}`,
  ];
}
