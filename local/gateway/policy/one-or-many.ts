import type { OneOrMany } from '../types.ts';

/** A policy element may be one value or a list of them. */
export function listOf<T extends string | number | boolean | object>(
  value: OneOrMany<T> | undefined,
): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
