/** One small break of the product, and the check that must notice it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Check } from './check.ts'

export interface Break {
  /** Kebab-case; `--only NAME`. */
  readonly name: string
  /** What is broken, as a caller, a peer or a developer would meet it. */
  readonly about: string
  readonly file: string
  /** Exact text; must be in the file exactly once, so that a break cannot rot unseen. */
  readonly find: string
  readonly replace: string
  readonly caughtBy: Check
  /** Must match a failed verdict of the check: a crash by a syntax error fails too, and catches nothing. */
  readonly expect: RegExp
}

/** Why a break does not apply to this text any more; '' when it does. */
export function rotten({ file, find, replace }: Break, text: string): string {
  const times = text.split(find).length - 1
  if (times !== 1) return `"find" is ${times} times in ${file}`
  return find === replace ? '"replace" changes nothing' : ''
}

/** Breaks a copy of the tree. @throws Error when the break is rotten */
export async function apply(broken: Break, tree: string): Promise<void> {
  const path = join(tree, broken.file)
  const text = await readFile(path, 'utf8')
  const why = rotten(broken, text)
  if (why !== '') throw new Error(why)
  await writeFile(path, text.split(broken.find).join(broken.replace))
}
