/** Which agent answers a number: claims of agents inside the grants of trunks. Pure. */
import type { SwitchboardError } from '#errors/registry.ts'
import { byNarrowness, calledForms, contend, covers, formText, type Span, spanOf, within } from './called-number.ts'
import type { Namespace } from './core-objects.ts'
import { claimedTwice, missingTrunk, notGranted } from './errors.ts'
import { byRight, type Grant, grantsOf, isFor, type Right, standingGrant } from './grants.ts'
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
 * Decides all claims. A claim holds when the narrowest grant of its trunk that covers the whole of it is made to the agent's namespace, and
 * nobody has a better claim to the same numbers ({@link byRight}). A narrower claim inside a wider one of another agent is no conflict: it wins.
 */
export function decideClaims({ agents, trunks, namespaces }: ClaimInput): Claims {
  const byKey = new Map(trunks.map(trunk => [keyOf(trunk), { trunk, grants: grantsOf(trunk) }]))
  const labels = new Map(namespaces.map(n => [n.metadata.name, n.metadata.labels ?? {}]))
  const routes = new Map<string, Route[]>(trunks.map(trunk => [keyOf(trunk), []]))
  const refused: RefusedClaim[] = []
  const standing: (Right & {
    readonly refuse: (error: SwitchboardError) => void
    readonly route: Route
    form: string
  })[] = []
  for (const agent of agents) {
    const { namespace } = agent.metadata
    for (const [i, entry] of (agent.spec.inbound ?? []).entries()) {
      const key = `${entry.trunkRef.namespace ?? namespace}/${entry.trunkRef.name}`
      const found = byKey.get(key)
      if (found === undefined) {
        refused.push({ agent, path: ['spec', 'inbound', i, 'trunkRef', 'name'], error: missingTrunk(key) })
        continue
      }
      const { trunk, grants } = found
      for (const [j, form] of entry.match.entries()) {
        const span = spanOf(form)
        const path = ['spec', 'inbound', i, 'match', j, Object.keys(form)[0] ?? '']
        const refuse = (error: SwitchboardError): number => refused.push({ agent, path, error })
        const grant = standingGrant(
          grants.filter(one => within(one.span, span)),
          one => isFor(one, trunk.metadata.namespace, namespace, labels.get(namespace)),
        )
        if (grant === null) refuse(notGranted(formText(form), namespace, key))
        else
          standing.push({
            ...rightOf(agent, grant),
            refuse,
            form: formText(form),
            route: { trunk, agent, inbound: entry.name, span },
          })
      }
    }
  }
  for (const { route, refuse, form } of standing.toSorted(byRight)) {
    const held = routes.get(keyOf(route.trunk)) ?? []
    const rival = held.find(other => contend(other.span, route.span))
    if (rival) refuse(claimedTwice(form, keyOf(rival.agent)))
    else held.push(route)
  }
  for (const held of routes.values()) held.sort((a, b) => byNarrowness(a.span, b.span))
  return { routes, refused }
}

function rightOf(agent: VoiceAgent, grant: Grant): Right {
  const { creationTimestamp, uid } = agent.metadata
  return { grant, createdAt: creationTimestamp ?? '', agent: keyOf(agent), uid: uid ?? '' }
}

/** The agent for a called SIP user over one trunk: the most literal reading that anyone claims, by its narrowest claim. */
export function matchNumber(claims: Claims, trunk: SipTrunk, user: string): Route | null {
  const routes = claims.routes.get(keyOf(trunk)) ?? []
  for (const called of calledForms(user, trunk.spec.sip?.dialPlan)) {
    const route = routes.find(r => covers(r.span, called))
    if (route) return route
  }
  return null
}

/** Whether any grant of a trunk covers a claim, whomever it is made to. */
export function inSomeGrant(trunk: SipTrunk, form: NumberForm): boolean {
  return trunk.spec.numbers.some(grant => within(spanOf(grant), spanOf(form)))
}
