/** Tokens that were not made for this: each is refused by a worker, in the same words. Made here by RFC 7515 and 8037, without any code of ours. */
import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Pod } from '../kube.ts'
import { handsOn } from '../place.ts'
import { AGENT, SYSTEM } from '../release.ts'
import { refused, sentence, type Tenants } from './people.ts'

interface Ring {
  readonly signing: string
  readonly keys: readonly { readonly kid: string; readonly x: string; readonly d: string }[]
}
interface Request {
  readonly method: string
  readonly path: string
  readonly token: string
}

const HTTP_PORT = 8080
const HOUR = 3600
/** Asks as a node may, past all policies: what answers is the worker alone. */
const ASK = `
const [url, requests] = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const ask = async ({ method, path, token }) => {
  const headers = token === '' ? {} : { authorization: 'Bearer ' + token }
  const answer = await fetch(url + path, { method, headers, signal: AbortSignal.timeout(10_000) })
  return { status: answer.status, body: (await answer.text()).slice(0, 200) }
}
Promise.all(requests.map(ask)).then(all => console.log(JSON.stringify(all)))
`

export async function tokens({ place, report, tina, workers }: Tenants): Promise<void> {
  const [victim, other] = workers
  if (victim === undefined || other === undefined) throw new Error('two workers are needed')
  const ring = await keys(place)
  const key = ring.keys.find(({ kid }) => kid === ring.signing)
  if (key === undefined) throw new Error('no key signs')
  const right = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.x, d: key.d }, format: 'jwk' })
  const own = generateKeyPairSync('ed25519')
  const now = Math.floor(Date.now() / 1000)
  const header = { alg: 'EdDSA', typ: 'switchboard-pod+jwt', kid: key.kid }
  const claims = (more: object = {}) => ({
    iss: 'switchboard-operator',
    aud: `pod/${victim.metadata.uid}/calls`,
    iat: now,
    exp: now + 120,
    ...more,
  })
  const made = (more: object = {}, head: object = {}, by: KeyObject = right): string =>
    signed({ ...header, ...head }, claims(more), data => sign(null, data, by))
  const hmac = (data: Buffer): Buffer => createHmac('sha256', Buffer.from(key.x, 'base64url')).update(data).digest()
  const account = await tina(['create', 'token', 'switchboard-worker', '-n', AGENT.namespace])
  const operator = await place.kube('create', 'token', 'switchboard-operator', '-n', SYSTEM)
  const calls = (token: string): Request => ({ method: 'GET', path: '/v1/calls', token })
  const wrong: readonly (readonly [attempt: string, request: Request])[] = [
    ['no token', calls('')],
    ['words', calls('please')],
    ['a token of the right words, signed by an own key', calls(made({}, {}, own.privateKey))],
    [
      'the same, with that key in its header',
      calls(made({}, { jwk: own.publicKey.export({ format: 'jwk' }) }, own.privateKey)),
    ],
    ['the same, under a key id of its own', calls(made({}, { kid: 'mine' }, own.privateKey))],
    ['a token without a signature', calls(signed({ ...header, alg: 'none' }, claims(), () => Buffer.alloc(0)))],
    ['a token signed with the public key as a password', calls(signed({ ...header, alg: 'HS256' }, claims(), hmac))],
    ['a token of the operator for another pod', calls(made({ aud: `pod/${other.metadata.uid}/calls` }))],
    ['a token of the operator for another verb', calls(made({ aud: `pod/${victim.metadata.uid}/load` }))],
    ['a token of the operator for several', calls(made({ aud: [`pod/${victim.metadata.uid}/calls`] }))],
    ['a token that ran out', calls(made({ iat: now - HOUR, exp: now - HOUR + 120 }))],
    ['a token for years', calls(made({ exp: now + 10_000 * HOUR }))],
    ['a token of tomorrow', calls(made({ iat: now + 24 * HOUR, exp: now + 24 * HOUR + 120 }))],
    ['a token of another issuer', calls(made({ iss: 'somebody' }))],
    ['a token that was made for something else', calls(made({}, { typ: 'JWT' }))],
    ['a token of its own service account', calls(account.out.trim())],
    ['the operator’s token for the API server', calls(operator)],
    ['a token for calls, to drain', { method: 'POST', path: '/v1/drain', token: made() }],
    ['a token for calls, to put a revision', { method: 'PUT', path: '/v1/revisions/mine', token: made() }],
    ['a token for calls, to follow the load', { method: 'GET', path: '/v1/load', token: made() }],
    ['no token, to end a call', { method: 'DELETE', path: '/v1/calls/any', token: '' }],
  ]
  const [control, ...answers] = await ask(place, victim, [calls(made()), ...wrong.map(([, request]) => request)])
  report.check(
    'the operator’s own token for this pod and verb is taken',
    control?.status === 200,
    `${control?.status} ${control?.body}`,
  )
  const bodies = new Set(answers.map(answer => answer.body))
  for (const [i, [attempt]] of wrong.entries())
    report.check(
      `a worker is asked with ${attempt}`,
      answers[i]?.status === 401,
      `${answers[i]?.status} ${answers[i]?.body}`,
    )
  report.check('no refusal tells more than another', bodies.size === 1, `${bodies.size} kinds of answers`)
  const list = "require('node:fs').readdirSync('/var/run/secrets/kubernetes.io')"
  const look = ['exec', victim.metadata.name, '-n', AGENT.namespace, '--', 'node', '-e', list]
  refused(report, 'a worker looks for a token of the cluster’s', await tina(look), /no such file/)
  report.check(
    'signing keys are not in the namespace of a tenant',
    !(await tina(['get', 'secrets', '-n', AGENT.namespace, '-o', 'yaml'])).out.includes(key.d),
    sentence('no Secret there has them'),
  )
}

async function keys({ kube }: Tenants['place']): Promise<Ring> {
  const secret = await kube.get<{ data: { 'ring.json': string } }>('secret', 'switchboard-token-keys', '-n', SYSTEM)
  return JSON.parse(Buffer.from(secret.data['ring.json'], 'base64').toString()) as Ring
}

async function ask(place: Tenants['place'], pod: Pod, requests: readonly Request[]) {
  const input = JSON.stringify([`http://${pod.status.podIP}:${HTTP_PORT}`, requests])
  const said = await handsOn(place).onNode(pod.spec.nodeName ?? '', process.execPath, ['-e', ASK], input)
  return JSON.parse(said) as { status: number; body: string }[]
}

function signed(header: object, claims: object, by: (data: Buffer) => Buffer): string {
  const data = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${data}.${by(Buffer.from(data)).toString('base64url')}`
}
