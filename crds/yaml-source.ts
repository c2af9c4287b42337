/** A YAML text with a way back from values to their lines. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
} from 'yaml'
import type { Path } from './problem.ts'

/** A stretch of one line; from 1, `endColumn` behind the last column. */
export interface Place {
  readonly line: number
  readonly column: number
  readonly endColumn: number
}

export interface YamlObject {
  /** Plain data; undefined when the text is not YAML. */
  readonly value: unknown
  readonly syntaxErrors: readonly { readonly message: string; readonly code: string; readonly place: Place }[]
  /**
   * The place of a field: of its key, or of its value where that is asked for and fits on a line. The nearest place above, when it is not
   * there. `find` narrows a value down.
   */
  place(path: Path, what: 'key' | 'value', find?: RegExp): Place
  /** The scalar under a path, as it was written. */
  scalar(path: Path): Scalar | undefined
}

/** Aliases may blow a document up: this many expansions are enough for anyone. */
const MAX_ALIASES = 1000

/**
 * Reads all documents of a text; empty ones are left out. YAML 1.2, with the merge keys of YAML 1.1 that kubectl knows. What 1.1 reads
 * otherwise (`on`, `yes`) is the checker's to find.
 */
export function readYaml(text: string): YamlObject[] {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, merge: true, prettyErrors: false, uniqueKeys: true })
  const documents: Document[] = Array.isArray(parsed) ? [...parsed] : []
  return documents.filter(d => d.contents !== null || d.errors.length > 0).map(d => read(d, text, lines))
}

function read(document: Document, text: string, lines: LineCounter): YamlObject {
  const placeOf = (from: number, to: number): Place => {
    const { line, col } = lines.linePos(from)
    const rest = text.slice(from, Math.max(to, from + 1))
    const length = rest.split(/[\r\n]/)[0]?.trimEnd().length ?? 0
    return { line, column: col, endColumn: col + Math.max(1, length) }
  }
  let value: unknown
  const errors = document.errors.map(e => ({
    message: e.message,
    code: e.code as string,
    place: placeOf(e.pos[0], e.pos[1]),
  }))
  if (errors.length === 0) {
    try {
      value = document.toJS({ maxAliasCount: MAX_ALIASES })
    } catch (error) {
      errors.push({
        message: error instanceof Error ? error.message : String(error),
        code: 'ALIAS',
        place: placeOf(0, 1),
      })
    }
  }
  return {
    value,
    syntaxErrors: errors,
    place(path, what, find) {
      let [from, to] = document.contents?.range ?? [0, 1]
      let node: unknown = document.contents
      for (const [i, part] of path.entries()) {
        const next = child(document, node, part)
        if (!next) break
        const byKey = next.key && (what === 'key' || !next.value || isBlock(next.value))
        const range = rangeOf(byKey ? next.key : (next.value ?? next.key))
        if (range) [from, to] = range
        const found = find && i === path.length - 1 && next.value?.range ? locate(text, next.value.range, find) : null
        if (found) [from, to] = found
        // Above the field that is meant its key is the better place: its value may be lines long.
        if (i < path.length - 1 && next.key) [from, to] = rangeOf(next.key) ?? [from, to]
        node = next.value
      }
      return placeOf(from, to)
    },
    scalar(path) {
      let node: unknown = document.contents
      for (const part of path) node = child(document, node, part)?.value
      return isScalar(node) ? node : undefined
    },
  }
}

/** Whether a value begins on the line after its key. */
function isBlock(node: Node): boolean {
  return isCollection(node) && node.flow !== true
}

function locate(text: string, range: readonly number[], find: RegExp): [number, number] | null {
  const [from = 0, to = 0] = range
  const match = find.exec(text.slice(from, to))
  return match ? [from + match.index, from + match.index + match[0].length] : null
}

function rangeOf(node: Node | undefined): [number, number] | undefined {
  return node?.range ? [node.range[0], node.range[1]] : undefined
}

function child(document: Document, parent: unknown, part: string | number): { key?: Node; value?: Node } | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent
  if (!isCollection(node)) return undefined
  if (!isMap(node)) {
    const value = node.items[Number(part)]
    return value === undefined ? undefined : { value: value as Node }
  }
  const pair = node.items.find(p => String(isScalar(p.key) ? p.key.value : p.key) === String(part))
  return (
    pair && { ...(pair.key ? { key: pair.key as Node } : {}), ...(pair.value ? { value: pair.value as Node } : {}) }
  )
}
