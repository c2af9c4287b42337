/** Compares resource versions of one resource: growing decimal numbers (KEP-5504). What is not a number is not compared. */

/** @returns whether `a` is surely older than `b` */
export function isOlder(a: string, b: string | null): boolean {
  if (b === null || !/^\d+$/.test(a) || !/^\d+$/.test(b)) return false
  return a.length === b.length ? a < b : a.length < b.length
}
