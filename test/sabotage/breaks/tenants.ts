/** What keeps tenants apart, and the judges of it. */
import type { Break } from '../break.ts'
import { tests } from '../check.ts'

const POLICY = tests('operator/fleets/network-policy.test.ts')
const RIGHTS = tests('test/e2e/rights/judge.test.ts')
const FIGHTS = tests('test/e2e/gitops/judge.test.ts')

export const tenants: readonly Break[] = [
  {
    name: 'operator-beside-simulator',
    about: 'workers that speak with a simulator beside the operator reach the operator too',
    file: 'operator/fleets/network-policy.ts',
    find: 'const ours = control.filter(peer => peer.namespace[NAMESPACE_NAME] === name)',
    replace: 'const ours = control.filter(peer => peer.namespace[NAMESPACE_NAME] === `not ${name}`)',
    caughtBy: POLICY,
    expect: /opens the namespace of the operator to its neighbours/,
  },
  {
    name: 'trunk-opens-api-server',
    about: 'a trunk with all private networks as peers lets workers reach the API server in them',
    file: 'operator/fleets/network-policy.ts',
    find: 'const except = all.filter(text => covers(cidr, text) && !covers(text, cidr))',
    replace: "const except = all.filter(text => covers(cidr, text) && cidr.endsWith('/0'))",
    caughtBy: POLICY,
    expect: /leaves what is denied out of the networks of trunks/,
  },
  {
    name: 'denied-network-mistyped',
    about: 'a mistyped network that no worker may reach is dropped in silence, and is reached',
    file: 'cli/operator-networks.ts',
    find: 'if (fault !== null) throw new InvalidArgumentError(',
    replace: "if (fault === '') throw new InvalidArgumentError(",
    caughtBy: tests('cli/operator-networks.test.ts'),
    expect: /no list of networks takes/,
  },
  {
    name: 'peer-host-bits',
    about: 'validate takes a peer with bits behind its prefix, which network plugins refuse the policy for',
    file: 'crds/sip-trunk.ts',
    find: 'holds: self => !isCidr(self) || isMasked(self)',
    replace: 'holds: self => self.length > 0',
    caughtBy: tests('crds/rules.test.ts'),
    expect: /SipTrunk[.]spec[.]sip[.]peers/,
  },
  {
    name: 'provider-link-local',
    about: 'validate takes a provider at the metadata address, and the API server does not',
    file: 'crds/link-local.ts',
    find: 'holds: url => !new RegExp(LINK_LOCAL).test(url)',
    replace: 'holds: url => url.length > 0',
    caughtBy: tests('crds/rules.test.ts'),
    expect: /baseURL/,
  },
  {
    name: 'pod-for-open-claim',
    about: 'an agent gets a pod for a number before it is decided that the number is another’s',
    file: 'operator/agents/reachability.ts',
    find: "if (claims.some(({ standing }) => standing.is === 'open')) return 'now'",
    replace: "if (claims.some(({ standing }) => standing.is === 'open')) return false",
    caughtBy: tests('operator/agents/reachability.test.ts'),
    expect: /while a claim is open/,
  },
  {
    name: 'right-too-many',
    about: 'a right that the operator never uses goes unnoticed',
    file: 'test/e2e/rights/judge.ts',
    find: 'if (!used.has(right) && reason === undefined)',
    replace: 'if (!used.has(right) && reason !== undefined)',
    caughtBy: RIGHTS,
    expect: /finds a right that nothing uses/,
  },
  {
    name: 'refusal-overlooked',
    about: 'a request of the operator that its role does not cover goes unnoticed',
    file: 'test/e2e/rights/judge.ts',
    find: 'if (!bearable.has(what))',
    replace: 'if (bearable.has(what))',
    caughtBy: RIGHTS,
    expect: /finds what was asked for and refused/,
  },
  {
    name: 'fight-overlooked',
    about: 'two tools that take a field from each other go unnoticed',
    file: 'test/e2e/gitops/judge.ts',
    find: "if (owners.length > 0) faults.push(`fields changed hands: ${owners.join(', ')}`)",
    replace: '',
    caughtBy: FIGHTS,
    expect: /a field that changes hands/,
  },
]
