import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { dnsManifests } from './dns.ts'
import { nodeFiles, PAUSE_IMAGE } from './node-files.ts'
import { NODES, type Node, PODS } from './plan.ts'
import { policyManifests, queueRules } from './policies.ts'

const [NODE, OTHER] = NODES as [Node, Node]

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
}

describe('the files of a node', () => {
  it('give each node a cgroup, a socket and addresses of its own', () => {
    const texts = [NODE, OTHER].map(node => JSON.stringify(nodeFiles(node, `/x/${node.name}`, '/x/keys')))
    for (const text of ['/sb-node1', '10.88.1.0/24', '/x/sb-node1/containerd.sock']) {
      expect(texts[0]).toContain(text)
      expect(texts[1]).not.toContain(text)
    }
  })

  it('route pods, so that packets between neighbours pass where policies are enforced', () => {
    const { plugins } = JSON.parse(nodeFiles(NODE, '/x', '/k')['cni/10-pods.conflist']) as {
      plugins: { type: string }[]
    }
    expect(plugins.map(plugin => plugin.type)).toEqual(['ptp', 'portmap'])
  })

  it('have containerd start pods with the image that it was given', () => {
    expect(nodeFiles(NODE, '/x', '/k')['containerd.toml']).toContain(`sandbox_image = "${PAUSE_IMAGE}"`)
  })
})

describe('the queue of policies', () => {
  it('gets what pods send, what they are sent, and what they want of their node; what is known already passes first', () => {
    const rules = queueRules(NODE).map(rule => rule.slice(4).join(' '))
    expect(rules).toEqual([
      'FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
      `FORWARD -s ${PODS} -j NFQUEUE --queue-num 100`,
      `FORWARD -d ${PODS} -j NFQUEUE --queue-num 100`,
      'INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
      `INPUT -s ${NODE.pods} -j NFQUEUE --queue-num 100`,
    ])
  })

  it('is closed while nobody listens', () => {
    expect(queueRules(NODE).flat()).not.toContain('--queue-bypass')
  })
})

it('makes manifests that are whole', () => {
  const kinds = (yaml: string): string[] => parseAllDocuments(yaml).map(d => (d.toJS() as Manifest).kind)
  expect(kinds(policyManifests())).toEqual(['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'DaemonSet'])
  expect(kinds(dnsManifests())).toEqual([
    'ServiceAccount',
    'ClusterRole',
    'ClusterRoleBinding',
    'ConfigMap',
    'Deployment',
    'Service',
  ])
})
