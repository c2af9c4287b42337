import { beforeAll, expect, it } from 'vitest'
import { kubectl, makeNamespace } from './server.ts'

const NAMESPACE = 'unknown-fields'
beforeAll(() => makeNamespace(NAMESPACE))

const TYPO = 'unknown field "spec.bargein"'
const agent = (name: string): string =>
  `{ apiVersion: switchboard.dev/v1alpha1, kind: VoiceAgent, metadata: { name: ${name} },
     spec: { instructions: Be kind., model: { provider: OpenAI, openAI: { model: m } }, bargein: { enabled: false } } }`
const apply = (name: string, ...flags: string[]) =>
  kubectl(['apply', '-n', NAMESPACE, ...flags, '-f', '-'], agent(name))

it.each([
  ['', TYPO],
  ['--validate=strict', TYPO],
  ['--validate=true', TYPO],
  ['--server-side', '.spec.bargein: field not declared in schema'],
])('a typo is refused by kubectl apply %s', async (flag, words) => {
  const said = await apply('typo', ...(flag === '' ? [] : [flag]))
  expect(said.err).toContain(words)
  expect(said.code).toBe(1)
})

it('whoever asks for less hears a warning, and gets an agent without the field', async () => {
  const warned = await apply('warned', '--validate=warn', '-o', 'json')
  expect(warned.err).toContain(`Warning: ${TYPO}`)
  expect(JSON.parse(warned.out)).toMatchObject({ spec: { bargeIn: { enabled: true } } })
  expect(warned.out).not.toContain('bargein"')
  const ignored = await apply('ignored', '--validate=ignore', '-o', 'name')
  expect(ignored).toEqual({ code: 0, out: 'voiceagent.switchboard.dev/ignored\n', err: '' })
})

it('fields of a vendor, parameters of a tool and the content of a snapshot may be anything', async () => {
  const yaml = `
apiVersion: switchboard.dev/v1alpha1
kind: VoiceAgent
metadata: { name: open }
spec:
  instructions: Be kind.
  model: { provider: OpenAI, openAI: { model: m, extra: { anything: { at: [all] } } } }
  tools: [{ name: a, description: A., http: { url: "http://a/b" }, parameters: { type: object, $defs: { x: {} }, additionalProperties: false } }]
---
apiVersion: switchboard.dev/v1alpha1
kind: VoiceAgentRevision
metadata: { name: open-1 }
spec: { agentRef: { name: open }, snapshot: { schemaVersion: 1, hash: ${'a'.repeat(64)}, content: { any: { thing: 1 } } } }
`
  const said = await kubectl(['apply', '-n', NAMESPACE, '--validate=strict', '-o', 'json', '-f', '-'], yaml)
  expect(said.err).toBe('')
  for (const kept of ['"anything": {', '"$defs": {', '"additionalProperties": false', '"thing": 1']) {
    expect(said.out).toContain(kept)
  }
})
