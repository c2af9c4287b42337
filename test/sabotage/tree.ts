/** Copies of the work tree in a temporary folder, one for each break; the tree itself is never touched. */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const MAX_ARCHIVE = 2 ** 28

export class Trees {
  readonly #folder: string
  readonly #base: string
  #copies = 0

  private constructor(folder: string) {
    this.#folder = folder
    this.#base = join(folder, 'base')
    // What a run that was interrupted leaves is large.
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  }

  /**
   * Takes the files that git knows or would add, as they are now: what changes later is not in any copy.
   * @param at a commit to take instead
   */
  static async take(at?: string): Promise<Trees> {
    const trees = new Trees(await mkdtemp(join(tmpdir(), 'sabotage-')))
    await mkdir(trees.#base)
    if (at === undefined) await trees.#takeFiles()
    else {
      const archive = execFileSync('git', ['archive', at], { cwd: ROOT, maxBuffer: MAX_ARCHIVE })
      execFileSync('tar', ['-x', '-C', trees.#base], { input: archive })
    }
    return trees
  }

  async #takeFiles(): Promise<void> {
    const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: MAX_ARCHIVE,
    })
    for (const file of new Set(list.split('\0'))) {
      if (file === '' || !existsSync(join(ROOT, file))) continue
      const to = join(this.#base, file)
      await mkdir(dirname(to), { recursive: true })
      await cp(join(ROOT, file), to)
    }
  }

  /** A copy to be broken, with the packages of the real one and a folder for temporary files of its own. */
  async copy(): Promise<string> {
    // Short: programs that join names to it have small buffers.
    const tree = join(this.#folder, String(++this.#copies))
    await cp(this.#base, tree, { recursive: true })
    await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
    await mkdir(temporaryOf(tree))
    return tree
  }

  async discard(tree: string): Promise<void> {
    await rm(tree, { recursive: true, force: true })
    await rm(temporaryOf(tree), { recursive: true, force: true })
  }
}

/** Where commands run in `tree` put what they keep: beside it, for a tree is searched for files. */
export function temporaryOf(tree: string): string {
  return `${tree}t`
}
