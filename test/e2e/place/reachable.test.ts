import { expect, it } from 'vitest'
import { missingOf, type Reached } from './reachable.ts'

const HOST = '192.0.2.7'
const node = { name: 'first', address: '192.0.2.11', networks: ['10.244.1.0/24', 'fd00:1::/64'] }
const good: Reached = { node, pod: '10.244.1.5', to: true, back: 'reached' }

it('has nothing to say where pods and this machine reach each other', () => {
  expect(missingOf([good, good], HOST)).toEqual([])
})

it('names the route that is missing, as far as the API tells it', () => {
  const [how] = missingOf([good, { ...good, to: false, back: '' }], HOST)
  expect(how).toContain('does not reach the pod 10.244.1.5 on first')
  expect(how).toContain('ip route add 10.244.1.0/24 via 192.0.2.11')
  expect(how).not.toContain('fd00')
  expect(missingOf([{ ...good, node: { ...node, networks: [] }, to: false, back: '' }], HOST)[0]).not.toContain(
    'ip route',
  )
})

it('says when pods get nowhere near this machine, and what they met', () => {
  expect(missingOf([{ ...good, back: 'silence' }], HOST)[0]).toMatch(
    /a pod on first does not reach 192.0.2.7.*silence.*SWITCHBOARD_E2E_HOST/,
  )
})
