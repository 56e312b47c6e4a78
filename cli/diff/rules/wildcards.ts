/** Whether every text that `narrow` matches is matched by `wide` as well; `*` stands for any text, `?` for one character. */
export function covers(wide: string, narrow: string): boolean {
  if (wide === narrow) return true;
  if (!/[*?]/.test(wide)) return false;
  const source = wide
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '[^*]');
  return new RegExp(`^${source}$`, 's').test(narrow);
}

/** Whether some text may match both. */
export function overlap(left: string, right: string): boolean {
  return (
    covers(left, right) ||
    covers(right, left) ||
    (/[*?]/.test(left) && /[*?]/.test(right) && meet(left, right))
  );
}

/** Two patterns meet unless what stands before their first wildcard differs. */
function meet(left: string, right: string): boolean {
  const [head = '', other = ''] = [left, right].map((text) => text.split(/[*?]/)[0] ?? '');
  return head.startsWith(other) || other.startsWith(head);
}
