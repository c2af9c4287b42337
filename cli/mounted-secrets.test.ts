import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { credentialAt, secretStateAt } from './mounted-secrets.ts'

const directory = mkdtempSync(join(tmpdir(), 'secrets-'))
afterAll(() => rmSync(directory, { recursive: true }))
mkdirSync(join(directory, 'openai', 'folder'), { recursive: true })
const put = (key: string, content: string | Buffer): void => writeFileSync(join(directory, 'openai', key), content)
put('apiKey', 'sk-one')
put('newline', 'sk-one\n')
put('empty', ' \n')
put('binary', Buffer.from([0xff, 0xfe, 0x00]))
put('two-lines', 'sk-one\nsk-two')

it.each<[string, string, string | undefined]>([
  ['apiKey', 'present', 'sk-one'],
  ['newline', 'present', 'sk-one'],
  ['empty', 'unreadable', undefined],
  ['binary', 'unreadable', undefined],
  ['two-lines', 'unreadable', undefined],
  ['folder', 'unreadable', undefined],
  ['..', 'unreadable', undefined],
  ['nobody', 'missing', undefined],
])('%s is %s', async (key, state, value) => {
  expect(await secretStateAt(directory, { name: 'openai', key })).toBe(state)
  expect(credentialAt(directory, { name: 'openai', key })).toBe(value)
})

it('what is rotated is read anew, and what is gone is missing', async () => {
  const ref = { name: 'openai', key: 'rotated' }
  put('rotated', 'sk-one')
  expect(credentialAt(directory, ref)).toBe('sk-one')
  put('rotated', 'sk-two')
  expect(credentialAt(directory, ref)).toBe('sk-two')
  rmSync(join(directory, 'openai', 'rotated'))
  expect(await secretStateAt(directory, ref)).toBe('missing')
  expect(await secretStateAt(directory, { name: 'nobody', key: 'x' })).toBe('missing')
})
