/**
 * How far sweeps got, so that each looks only at what is new: documents that request-curation keeps in the lake bucket. One
 * that is lost, torn or of another version costs time, never a raw object: the sweep starts over.
 */
import { parseRuns } from './raw-log.ts';

/** Progress along a listing whose new keys come behind the old ones. */
export interface Progress {
  /** Everything up to this key is settled but for what is open; undefined before the first. */
  readonly through: string | undefined;
  /** Keys up to `through` that are not settled. */
  readonly open: readonly string[];
}

/** One partition's sweeps at one curation version. */
export interface SweepProgress {
  readonly curationVersion: number;
  /** Along the chain, by raw key. */
  readonly chain: Progress;
  /** Offsets of settled fills, as `formatRuns` writes them: fills come in any order. */
  readonly fills: string;
}

/** The audit of a topic's outputs at one curation version. */
export interface AuditProgress {
  readonly curationVersion: number;
  /** When this version swept for the first time, epoch ms. */
  readonly sinceMs: number;
  /** Along curated files, then quarantined records, by key. */
  readonly outputs: Progress;
  readonly isOver: boolean;
}

export const NO_PROGRESS: Progress = { through: undefined, open: [] };

export function formatProgress(progress: SweepProgress | AuditProgress): string {
  return `${JSON.stringify(progress)}\n`;
}

/** Undefined if it is something else. */
export function parseSweepProgress(text: string): SweepProgress | undefined {
  const { curationVersion, chain, fills } = readObject(text);
  if (!isVersion(curationVersion) || !isProgress(chain) || typeof fills !== 'string') return undefined;
  if (fills !== '' && parseRuns(fills) === undefined) return undefined;
  return { curationVersion, chain: { through: chain.through, open: chain.open }, fills };
}

/** Undefined if it is something else. */
export function parseAuditProgress(text: string): AuditProgress | undefined {
  const { curationVersion, sinceMs, outputs, isOver } = readObject(text);
  if (!isVersion(curationVersion) || !isVersion(sinceMs) || typeof isOver !== 'boolean') return undefined;
  if (!isProgress(outputs)) return undefined;
  return { curationVersion, sinceMs, outputs: { through: outputs.through, open: outputs.open }, isOver };
}

function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isProgress(value: unknown): value is Progress {
  if (typeof value !== 'object' || value === null) return false;
  const { through, open } = value as Record<string, unknown>;
  return (
    (through === undefined || typeof through === 'string') &&
    Array.isArray(open) &&
    open.every((key) => typeof key === 'string')
  );
}
