/** What is rendered is what a real API server takes: every field known, every pod within "restricted". */
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { client, kubectl, makeNamespace, messageOf } from '#test/api/server.ts'
import { CASES, rendered } from './chart.ts'
import { openHelm } from './helm.ts'
import { podMonitorCrd } from './prometheus-operator.ts'

const NAMESPACE = 'switchboard-accepted'
const { helm, close } = openHelm(inject('helm'))

beforeAll(async () => {
  await makeNamespace(NAMESPACE, {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  })
  const applied = await kubectl(['apply', '--server-side', '-f', await podMonitorCrd()])
  if (applied.code !== 0) throw new Error(applied.err)
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd/podmonitors.monitoring.coreos.com'])
})
afterAll(async () => {
  close()
  await client.close()
})

describe.each(readdirSync(CASES).map(file => file.replace('.yaml', '')))('%s', name => {
  it('is taken as it is, with no warning', async () => {
    const objects = await rendered(helm, NAMESPACE, '-f', `${CASES}/${name}.yaml`)
    const flags = ['--server-side', '--dry-run=server', '--validate=strict', '-f', '-']
    const said = await kubectl(['apply', ...flags], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
    expect({ code: said.code, err: said.err }).toEqual({ code: 0, err: '' })
    expect(said.out.trimEnd().split('\n')).toHaveLength(objects.length)
  })

  it('makes pods that a restricted namespace takes', async () => {
    const deployments = (await rendered(helm, NAMESPACE, '-f', `${CASES}/${name}.yaml`)).filter(
      object => object.kind === 'Deployment',
    )
    expect(deployments.length).toBeGreaterThan(0)
    for (const { metadata, spec } of deployments) {
      const { template } = spec as { template: { metadata: object; spec: object } }
      const pod = { apiVersion: 'v1', kind: 'Pod', ...template, metadata: { ...template.metadata, name: 'one' } }
      const path = `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All&fieldValidation=Strict`
      const answer = await client.request('POST', path, pod)
      expect([metadata['name'], answer.status, answer.status === 201 ? '' : messageOf(answer)]).toEqual([
        metadata['name'],
        201,
        '',
      ])
    }
  })
})
