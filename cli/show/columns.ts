/** A table for people, as kubectl prints it: upper-case heads, columns parted by three spaces, the last one ragged. */
export function columns(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map(row => widthOf(row[i] ?? ''))))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cell))))
      .join('   ')
      .trimEnd()
  return [line(heads), ...rows.map(line)]
}

/** Characters, not UTF-16 units: hidden numbers hold a • each. */
function widthOf(text: string): number {
  return Array.from(text).length
}
