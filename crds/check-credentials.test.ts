import { expect, it } from 'vitest'
import { ON_A_CLUSTER } from './check-credentials.ts'
import { checkManifests } from './manifests.ts'

const agent = (model: object, speech?: object): object => ({
  apiVersion: 'switchboard.dev/v1alpha1',
  kind: 'VoiceAgent',
  metadata: { name: 'reception', namespace: 'acme' },
  spec: { instructions: 'Be kind.', model, ...(speech && { speech }) },
})
const secret = (name: string, labels?: object, namespace = 'acme'): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace, ...(labels && { labels }) },
  stringData: { apiKey: 'any' },
})
const MARKED = { 'switchboard.dev/credential': 'true' }
const openAI = (more: object = {}): object => ({ provider: 'OpenAI', openAI: { model: 'm', ...more } })
const keyed = (name: string): object => ({ ...openAI(), credentialsRef: { name, key: 'apiKey' } })
const at = (baseURL: string): object => openAI({ baseURL })

function said(...objects: readonly object[]): string[] {
  const texts = objects.map((object, i) => ({ file: `${i}.json`, text: JSON.stringify(object) }))
  return checkManifests(texts).problems.map(p => `${p.file} ${p.severity} ${p.path} ${p.code}: ${p.fix}`)
}

it.each<[string, readonly object[], readonly (string | RegExp)[]]>([
  ['marked and there', [agent(keyed('openai')), secret('openai', MARKED)], []],
  ['elsewhere', [agent(keyed('openai'))], []],
  ['elsewhere, with others beside it', [agent(keyed('openai')), secret('twilio')], []],
  [
    'not marked',
    [agent(keyed('openai')), secret('openai')],
    ['1.json warning metadata.name SB_API_SECRET_UNMARKED: Add the label switchboard.dev/credential: "true".'],
  ],
  [
    'marked with another value',
    [agent(keyed('openai')), secret('openai', { 'switchboard.dev/credential': 'yes' })],
    [/^1\.json warning metadata\.name SB_API_SECRET_UNMARKED/],
  ],
  ['not marked, and named by nobody', [agent(keyed('openai')), secret('openai', MARKED), secret('other')], []],
  [
    'named with a letter too many',
    [agent(keyed('openaii')), secret('openai', MARKED)],
    ['0.json warning spec.model.credentialsRef.name SB_API_SECRET_MISSING: did you mean openai?'],
  ],
  ['in another namespace', [agent(keyed('openaii')), secret('openai', MARKED, 'umbrella')], []],
  [
    'without the key',
    [agent({ ...openAI(), credentialsRef: { name: 'openai', key: 'key' } }), secret('openai', MARKED)],
    [/^0\.json error spec\.model\.credentialsRef\.key SB_API_SECRET_KEY_MISSING/],
  ],
])('a Secret that is %s', (_, objects, problems) => {
  const lines = said(...objects)
  expect(lines).toHaveLength(problems.length)
  for (const [i, problem] of problems.entries()) expect(lines[i]).toMatch(problem)
})

const MISSING = (path: string): RegExp =>
  new RegExp(`^0\\.json warning ${path}\\.credentialsRef SB_API_CREDENTIAL_MISSING: Add`)
it.each<[string, object, readonly RegExp[]]>([
  ['of the vendor', openAI(), [MISSING('spec\\.model')]],
  ['of the vendor, in a region', at('https://eu.api.openai.com/v1'), [MISSING('spec\\.model')]],
  ['of Gemini', { provider: 'Gemini', gemini: { model: 'm' } }, [MISSING('spec\\.model')]],
  ['of one’s own', at('http://simulator.acme:8090/v1'), []],
  ['that only looks like the vendor’s', at('https://api.openai.com.acme.example/v1'), []],
  [
    'of the vendor, and of its fallback',
    { ...openAI(), fallbacks: [{ name: 'eu', ...openAI() }] },
    [MISSING('spec\\.model')],
  ],
  ['with a credential that its fallback has too', { ...keyed('a'), fallbacks: [{ name: 'eu', ...openAI() }] }, []],
  [
    'of one’s own, and of the vendor in a fallback',
    { ...at('http://simulator.acme:8090/v1'), fallbacks: [{ name: 'eu', ...openAI() }] },
    [MISSING('spec\\.model\\.fallbacks\\[0\\]')],
  ],
])('an endpoint %s', (_, model, problems) => {
  const lines = said(agent(model))
  expect(lines).toHaveLength(problems.length)
  for (const [i, problem] of problems.entries()) expect(lines[i]).toMatch(problem)
})

it('what only a cluster asks for is known, so that `run` need not say it', () => {
  const codes = said(agent(openAI()), agent(keyed('b')), secret('b')).map(line => / (SB_\w+)/.exec(line)?.[1] ?? '')
  expect(codes.filter(code => ON_A_CLUSTER.has(code)).toSorted()).toEqual(['SB_API_CREDENTIAL_MISSING'])
})
