/** The keys of tokens on a real API server: made once by whoever is first, kept over a restart, and never in a way that others can read. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { Client } from '#kube/client/client.ts'
import { loadCluster } from '#kube/client/credentials.ts'
import { SECRETS } from './ring-secret.ts'
import { Tokens } from './tokens.ts'

const NAMESPACE = 'tokens-test'
let client: Client

beforeAll(async () => {
  const { credentials } = await loadCluster(await readFile(inject('access').kubeconfig, 'utf8'))
  client = new Client({ credentials, userAgent: 'tokens-test', fieldManager: 'switchboard' })
  const namespaces = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }
  await client.create(namespaces, { metadata: { name: NAMESPACE } })
})
afterAll(() => client?.close())

it('operators that start at once share one ring, and one that starts later reads it', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => Tokens.open({ client, namespace: NAMESPACE })))
  const later = await Tokens.open({ client, namespace: NAMESPACE })
  try {
    for (const tokens of all) expect(tokens.publicKeys).toEqual(later.publicKeys)
    const secret = await client.get(SECRETS, { namespace: NAMESPACE, name: 'switchboard-token-keys' })
    expect(secret).toMatchObject({
      type: 'Opaque',
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'switchboard' } },
    })
    const data = secret?.['data'] as Record<string, string> | undefined
    const shown = Buffer.from(data?.['jwks.json'] ?? '', 'base64').toString()
    expect(JSON.parse(shown)).toEqual(later.publicKeys)
  } finally {
    for (const tokens of [...all, later]) tokens.close()
  }
})
