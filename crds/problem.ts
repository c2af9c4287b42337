/** One thing wrong with a manifest, and where. */
export interface Problem {
  /** A warning lets the manifest pass: what it refers to may be elsewhere. */
  readonly severity: 'error' | 'warning'
  /** A code of the error registry. */
  readonly code: string
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
  /** The column after the last one meant, on the same line. */
  readonly endColumn: number
  /** Field from the root of the object, `spec.tools[0].name`; empty for the object or file itself. */
  readonly path: string
  /** What is wrong. */
  readonly message: string
  /** What to write or do; empty where the message says it. */
  readonly fix: string
  /** The line may hold a secret and is not to be shown. */
  readonly hidden?: true
  /** `VoiceAgent acme/reception`, once known. */
  readonly object?: string
}

export type Path = readonly (string | number)[]

/** A path as people write it. Keys that are no plain words are quoted. */
export function pathText(path: Path): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (!/^[A-Za-z_][\w-]*$/.test(part)) text += `[${JSON.stringify(part)}]`
    else text += text === '' ? part : `.${part}`
  }
  return text
}

/** A value of a manifest in words: text as it stands, anything else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/** By file, line and column. */
export function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column || (a.path < b.path ? -1 : 1)
}
