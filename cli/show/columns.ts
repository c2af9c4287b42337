/** A table for people, as kubectl prints it: upper-case heads, columns parted by three spaces, the last one ragged. */
export function columns(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map(row => [...(row[i] ?? '')].length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - [...cell].length)))
      .join('   ')
      .trimEnd()
  return [line(heads), ...rows.map(line)]
}
