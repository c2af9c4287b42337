import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadManifests } from './validate-load.ts'
import { renderProblem } from './validate-render.ts'

// One wrong manifest per file; beside each, as text, what validate says of it.
const FOLDER = 'crds/wrong'
const names = readdirSync(FOLDER)
  .filter(file => file.endsWith('.yaml'))
  .map(file => file.replace('.yaml', ''))

it('is at least forty', () => {
  expect(names.length).toBeGreaterThanOrEqual(40)
})

it.each(names)('%s', async name => {
  const file = join(FOLDER, `${name}.yaml`)
  const { problems } = await loadManifests(file)
  expect(problems.length).toBeGreaterThan(0)
  const lines = readFileSync(file, 'utf8').split('\n')
  for (const problem of problems) {
    expect(problem.file).toBe(file)
    expect(problem.line).toBeGreaterThan(0)
    expect(problem.line).toBeLessThanOrEqual(lines.length)
    expect(problem.endColumn).toBeGreaterThan(problem.column)
  }
  const said = problems.map(problem => renderProblem(problem, lines[problem.line - 1])).join('\n')
  await expect(said).toMatchFileSnapshot(join(process.cwd(), FOLDER, `${name}.txt`))
})

it('no text is left over from a manifest that is gone', () => {
  const texts = readdirSync(FOLDER).filter(file => file.endsWith('.txt'))
  expect(texts.map(file => file.replace('.txt', '')).filter(name => !names.includes(name))).toEqual([])
})
