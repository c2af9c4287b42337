import { describe, expect, it } from 'vitest'
import { type NetworkOrder, networkPolicy } from './network-policy.ts'
import { DEFAULT_WORKER_PORTS } from './worker-config.ts'

const order: NetworkOrder = {
  namespace: 'acme',
  ports: DEFAULT_WORKER_PORTS,
  control: [],
  metrics: [],
  edges: [],
  signalling: [],
  media: [],
  urls: [],
  dns: [],
  namespaces: new Set(['acme', 'tools']),
  denied: [],
}
const dns = {
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
}
const space = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } })

describe('a policy for workers', () => {
  it('lets nobody in and only DNS out, when nothing is asked', () => {
    const { spec } = networkPolicy(order)
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress'])
    expect(spec.ingress).toEqual([])
    expect(spec.egress).toEqual([{ to: [space('kube-system')], ...dns }])
  })

  it('lets edges and direct networks send SIP and RTP, and the operator speak HTTP', () => {
    const edges = [{ namespace: { edge: 'yes' }, pods: { app: 'edge' } }]
    const { ingress } = networkPolicy({
      ...order,
      edges,
      control: [{ namespace: { sb: 'yes' } }],
      signalling: ['203.0.113.0/24', '203.0.113.0/24'],
      media: ['198.51.100.0/24'],
    }).spec
    const edge = { namespaceSelector: { matchLabels: { edge: 'yes' } }, podSelector: { matchLabels: { app: 'edge' } } }
    expect(ingress).toEqual([
      { from: [{ namespaceSelector: { matchLabels: { sb: 'yes' } } }], ports: [{ protocol: 'TCP', port: 8080 }] },
      {
        from: [edge, { ipBlock: { cidr: '203.0.113.0/24' } }],
        ports: [
          { protocol: 'UDP', port: 5060 },
          { protocol: 'TCP', port: 5060 },
        ],
      },
      {
        from: [edge, { ipBlock: { cidr: '198.51.100.0/24' } }],
        ports: [{ protocol: 'UDP', port: 20_000, endPort: 24_000 }],
      },
    ])
  })

  it('leaves what is denied out of the networks of trunks, but for a peer that is named inside of it', () => {
    const { egress } = networkPolicy({
      ...order,
      signalling: ['10.0.0.0/8', '10.1.0.5/32', '169.254.1.0/24', '2001:db8::/32'],
      media: ['10.1.0.0/16'],
      denied: ['10.1.0.0/24', '10.2.0.2/32', '192.0.2.0/24'],
    }).spec
    expect(egress.slice(1)).toEqual([
      {
        to: [
          { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/24', '10.2.0.2/32'] } },
          { ipBlock: { cidr: '10.1.0.5/32' } },
          { ipBlock: { cidr: '2001:db8::/32' } },
        ],
        ports: [{ protocol: 'UDP' }, { protocol: 'TCP' }],
      },
      { to: [{ ipBlock: { cidr: '10.1.0.0/16', except: ['10.1.0.0/24'] } }], ports: [{ protocol: 'UDP' }] },
    ])
  })

  it('opens the namespace of the operator to its neighbours, and not to itself', () => {
    const { egress } = networkPolicy({
      ...order,
      namespaces: new Set(['acme', 'system']),
      control: [{ namespace: { 'kubernetes.io/metadata.name': 'system' }, pods: { component: 'operator' } }],
      urls: ['http://simulator.system:8090/v1', 'http://calendar.acme/find'],
    }).spec
    const others = { matchExpressions: [{ key: 'component', operator: 'NotIn', values: ['operator'] }] }
    expect(egress.slice(1)).toEqual([
      { to: [space('acme'), { ...space('system'), podSelector: others }], ports: [{ protocol: 'TCP' }] },
    ])
  })

  it.each<[string, string, object[]]>([
    ['a Service beside it', 'http://calendar/find', [{ to: [space('acme')], ports: [{ protocol: 'TCP' }] }]],
    [
      'a Service of another namespace',
      'http://calendar.tools:9/find',
      [{ to: [space('tools')], ports: [{ protocol: 'TCP' }] }],
    ],
    [
      'its long name',
      'http://calendar.tools.svc.cluster.local',
      [{ to: [space('tools')], ports: [{ protocol: 'TCP' }] }],
    ],
    [
      'an address',
      'http://192.0.2.9:81',
      [{ to: [{ ipBlock: { cidr: '192.0.2.9/32' } }], ports: [{ protocol: 'TCP', port: 81 }] }],
    ],
    [
      'an address of IPv6',
      'http://[2001:db8::1]',
      [{ to: [{ ipBlock: { cidr: '2001:db8::1/128' } }], ports: [{ protocol: 'TCP', port: 80 }] }],
    ],
    ['a link-local address: never', 'http://169.254.169.254/', []],
    ['an address that is denied: never', 'http://10.1.2.3/', []],
    ['no URL: never', 'not a url', []],
  ])('lets them reach %s', (_name, url, rules) => {
    const { egress } = networkPolicy({ ...order, urls: [url], denied: ['10.0.0.0/8'] }).spec
    expect(egress.slice(1)).toEqual(rules)
  })

  it('lets them reach names outside by port, and nothing that is denied', () => {
    const { egress } = networkPolicy({
      ...order,
      urls: ['wss://api.openai.com/v1', 'https://tools.example:8443/x', 'https://api.openai.com/v2'],
      denied: ['10.0.0.0/8', 'fd00::/8'],
    }).spec
    expect(egress[1]).toEqual({
      to: [
        {
          ipBlock: {
            cidr: '0.0.0.0/0',
            except: ['10.0.0.0/8', '100.100.100.200/32', '169.254.0.0/16', '192.0.0.192/32'],
          },
        },
        { ipBlock: { cidr: '::/0', except: ['fd00::/8', 'fd00:ec2::254/128', 'fe80::/10'] } },
      ],
      ports: [
        { protocol: 'TCP', port: 443 },
        { protocol: 'TCP', port: 8443 },
      ],
    })
  })

  it('is the same for the same lists in any order', () => {
    const urls = ['https://b.example', 'http://x.tools', 'http://y', 'http://192.0.2.1']
    expect(networkPolicy({ ...order, urls })).toEqual(networkPolicy({ ...order, urls: urls.toReversed() }))
  })
})
