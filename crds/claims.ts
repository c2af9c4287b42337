/** Which agent answers a number: claims of agents inside the grants of trunks. Pure. */
import type { SwitchboardError } from '#errors/registry.ts'
import { byNarrowness, calledForms, contend, covers, formText, type Span, spanOf, within } from './called-number.ts'
import type { Namespace } from './core-objects.ts'
import { claimedTwice, missingTrunk, notGranted } from './errors.ts'
import { selects } from './label-selector.ts'
import type { NumberForm } from './number-form.ts'
import { keyOf } from './object.ts'
import type { SipTrunk } from './sip-trunk.ts'
import type { VoiceAgent } from './voice-agent.ts'

/** A claim that holds: calls over `trunk` to `span` go to `agent`. */
export interface Route {
  readonly trunk: SipTrunk
  readonly agent: VoiceAgent
  /** Name of the entry in `spec.inbound`. */
  readonly inbound: string
  readonly span: Span
}

/** A claim that does not hold, and where it is written. */
export interface RefusedClaim {
  readonly agent: VoiceAgent
  readonly path: readonly (string | number)[]
  readonly error: SwitchboardError
}

export interface ClaimInput {
  readonly agents: readonly VoiceAgent[]
  readonly trunks: readonly SipTrunk[]
  /** For their labels. Every namespace has `kubernetes.io/metadata.name`, listed or not. */
  readonly namespaces: readonly Namespace[]
}

export interface Claims {
  /** By trunk, `namespace/name`; the narrowest span first. */
  readonly routes: ReadonlyMap<string, readonly Route[]>
  readonly refused: readonly RefusedClaim[]
}

/**
 * Decides all claims. A claim holds when a grant of its trunk covers the whole of it and selects the agent's namespace, and no older agent
 * claims the same numbers. A narrower claim inside a wider one of another agent is no conflict: it wins.
 */
export function decideClaims({ agents, trunks, namespaces }: ClaimInput): Claims {
  const byKey = new Map(trunks.map(trunk => [keyOf(trunk), trunk]))
  const labels = new Map(namespaces.map(n => [n.metadata.name, n.metadata.labels ?? {}]))
  const routes = new Map<string, Route[]>(trunks.map(trunk => [keyOf(trunk), []]))
  const refused: RefusedClaim[] = []
  for (const agent of agents.toSorted(byAge)) {
    for (const [i, entry] of (agent.spec.inbound ?? []).entries()) {
      const key = `${entry.trunkRef.namespace ?? agent.metadata.namespace}/${entry.trunkRef.name}`
      const trunk = byKey.get(key)
      const held = routes.get(key)
      if (trunk === undefined || held === undefined) {
        refused.push({ agent, path: ['spec', 'inbound', i, 'trunkRef', 'name'], error: missingTrunk(key) })
        continue
      }
      for (const [j, form] of entry.match.entries()) {
        const span = spanOf(form)
        const refuse = (error: SwitchboardError): number =>
          refused.push({ agent, path: ['spec', 'inbound', i, 'match', j, Object.keys(form)[0] ?? ''], error })
        const rival = held.find(route => contend(route.span, span))
        if (!granted(trunk, agent.metadata.namespace, labels, span)) {
          refuse(notGranted(formText(form), agent.metadata.namespace, key))
        } else if (rival) refuse(claimedTwice(formText(form), keyOf(rival.agent)))
        else held.push({ trunk, agent, inbound: entry.name, span })
      }
    }
  }
  for (const held of routes.values()) held.sort((a, b) => byNarrowness(a.span, b.span))
  return { routes, refused }
}

/** The agent for a called SIP user over one trunk: the most literal reading that anyone claims, by its narrowest claim. */
export function matchNumber(claims: Claims, trunk: SipTrunk, user: string): Route | null {
  const routes = claims.routes.get(keyOf(trunk)) ?? []
  for (const called of calledForms(user, trunk.spec.sip.dialPlan)) {
    const route = routes.find(r => covers(r.span, called))
    if (route) return route
  }
  return null
}

/** Whether any grant of a trunk covers a claim, whomever it is made to. */
export function inSomeGrant(trunk: SipTrunk, form: NumberForm): boolean {
  return trunk.spec.numbers.some(grant => within(spanOf(grant), spanOf(form)))
}

function granted(
  trunk: SipTrunk,
  namespace: string,
  labels: ReadonlyMap<string, Record<string, string>>,
  span: Span,
): boolean {
  return trunk.spec.numbers.some(grant => {
    if (!within(spanOf(grant), span)) return false
    if (grant.namespaces === undefined) return namespace === trunk.metadata.namespace
    return selects(grant.namespaces, { ...labels.get(namespace), 'kubernetes.io/metadata.name': namespace })
  })
}

function byAge(a: VoiceAgent, b: VoiceAgent): number {
  const [at, bt] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
  if (at !== bt) return at < bt ? -1 : 1
  return keyOf(a) < keyOf(b) ? -1 : 1
}
