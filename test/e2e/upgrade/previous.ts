/**
 * What was there before this version: charts, example and image of an earlier commit. Until there is a release to come from, it is the first commit whose
 * charts, operator, worker and image work together, with its contract set back by hand: what workers and operators say only since then is not said.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { switchboardImage } from '../image.ts'
import type { Place } from '../place.ts'

const FIRST = '7d07a9820b51c392d4c6c568f4016b26f0f71e5c'
const TREE = 'out/previous'

export interface Previous {
  /** Folder of its sources. */
  readonly tree: string
  readonly image: string
  /** Archive of the image. */
  readonly archive: string
  /** In words, for the report. */
  readonly is: string
}

interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** An older contract lacks what was added since; it knows its version, so that one sees which program speaks. */
const SET_BACK: readonly Edit[] = [
  { file: 'package.json', from: '"version": "0.1.0"', to: '"version": "0.0.9"' },
  // Its workers do not say how Secrets look from inside.
  { file: 'runtime/worker/load-line-of.ts', from: '...(it.secrets && { secrets: { ...it.secrets } }),', to: '' },
  // Its operator does not say beforehand how calls end when nobody says more.
  {
    file: 'operator/agents/revision-request.ts',
    from: 'clips: snapshot.clips ?? {}, drain }',
    to: 'clips: snapshot.clips ?? {} }',
  },
]

/** @param ref a released tag, or any commit; left out: the first that works, set back */
export function previousVersion(ref: string | undefined, say: (line: string) => void): Previous {
  const commit = git('.', 'rev-parse', '--verify', `${ref ?? FIRST}^{commit}`)
  const stamp = join(TREE, '.of')
  const of = `${commit} ${ref ?? 'set back'}`
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== of) {
    rmSync(TREE, { recursive: true, force: true })
    execFileSync('git', ['clone', '--quiet', '--shared', '--no-checkout', '.', TREE])
    git(TREE, 'checkout', '--quiet', '--detach', commit)
    if (ref === undefined) for (const edit of SET_BACK) setBack(edit)
    writeFileSync(stamp, of)
  }
  const image = `localhost/switchboard:${commit.slice(0, 12)}`
  const here = process.cwd()
  try {
    process.chdir(TREE)
    const archive = join(TREE, switchboardImage(say, image))
    return {
      tree: TREE,
      image,
      archive,
      is: `${commit.slice(0, 12)}${ref === undefined ? ', its contract set back' : ` (${ref})`}`,
    }
  } finally {
    process.chdir(here)
  }
}

/** To the nodes, where one may lay hands on them. @returns the name that pods run it by @throws Error with what to do, where the cluster has to pull it */
export async function bringPrevious({ machines }: Place, { archive, image }: Previous): Promise<string> {
  if (machines !== null) {
    await machines.load(archive)
    return image
  }
  const named = process.env['SWITCHBOARD_PREVIOUS_IMAGE'] ?? ''
  if (named !== '') return named
  throw new Error(
    `the previous version is in ${archive} (an OCI archive): push it to where the cluster pulls from, and name it with SWITCHBOARD_PREVIOUS_IMAGE`,
  )
}

function setBack({ file, from, to }: Edit): void {
  const path = join(TREE, file)
  const text = readFileSync(path, 'utf8')
  if (!text.includes(from)) throw new Error(`${file} of the previous version has no ${from}`)
  writeFileSync(path, text.replace(from, to))
}

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' }).trim()
}
