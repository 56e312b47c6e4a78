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

/** First line of the comment, by which the workflow finds the one that it wrote before. */
export const COMMENT_MARK = '<!-- tickerlake diff -->';

/** GitHub takes 65,536 characters; the rest of a very long report is in the job's log. */
const MAX_CHARACTERS = 60_000;

/** The report as a comment of a pull request. */
export function renderMarkdown(report: Report): string {
  const { dangers, cautions, accepted, stale, changes, against, stages } = report;
  const lines = [
    COMMENT_MARK,
    `### ${report.isSafe ? '✅' : '❌'} What a deployment would do: ${summary(report)}`,
    '',
    `Stages ${stages.join(' and ')}, compared with ${code(against)}.`,
    '',
    ...section(
      'Danger',
      shareFindings(dangers).flatMap((shared) => [...findingLines(shared), ...acceptLines(shared)]),
    ),
    ...section(
      `Stale lines of \`${ACCEPTED_CHANGES}\``,
      stale.map((line) => `- ${escape(line)} Remove it.`),
    ),
    ...section('Look at', shareFindings(cautions).flatMap(findingLines)),
    ...section(
      'Accepted',
      accepted.map(
        ({ finding, reason, until }) =>
          `- ${code(finding.key)} (${String(finding.stage)}) until ${escape(until)}: ${escape(reason)}`,
      ),
    ),
    ...folded(
      'What would change',
      changeLines(changes).map((line) => `- ${escape(line)}`),
    ),
  ];
  return cut(lines.join('\n'));
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`#### ${title}`, '', ...lines, ''];
}

function folded(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  return ['<details>', `<summary>${title} (${lines.length})</summary>`, '', ...lines, '', '</details>', ''];
}

function findingLines({ finding, stages }: SharedFinding): readonly string[] {
  const { rule, address, type, what, details, instead } = finding;
  const where = stages.length === 0 ? '' : ` in ${stages.join(' and ')}`;
  return [
    `- **${RULES[rule]}**: ${code(address)} (${type})${where}. ${escape(what)}`,
    ...details.map((detail) => `  - ${code(detail)}`),
    `  - *Instead:* ${escape(instead)}`,
  ];
}

function acceptLines(shared: SharedFinding): readonly string[] {
  return [`  - *Accept:* ${code(JSON.stringify(acceptingLine(shared)))} in \`${ACCEPTED_CHANGES}\``];
}

/** As code, whatever backquotes it has. */
function code(text: string): string {
  return `\`${text.replaceAll('`', 'ˋ').replaceAll(/\s+/g, ' ')}\``;
}

/** Text that neither formats, nor links, nor mentions anybody. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|~]/g, '\\$&')
    .replaceAll('@', '@\u200b')
    .replaceAll(/\s+/g, ' ');
}

function cut(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  const end = text.lastIndexOf('\n', MAX_CHARACTERS);
  return `${text.slice(0, end)}\n\n… the rest is in the log of the job.\n`;
}
