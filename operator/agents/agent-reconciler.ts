/** One turn of one agent: what is seen, what follows from it, what is done about it, what is said of it. */
import type { Ms } from '#kube/clock.ts'
import type { FleetPlan, RevisionInput } from '#operator/fleets/fleet.ts'
import type { Executed } from '#operator/fleets/fleets.ts'
import type { ObservedPod } from '#operator/fleets/observed-pod.ts'
import type { PodTemplate } from '#operator/fleets/pod-template.ts'
import { REVISIONS } from '#operator/fleets/resources.ts'
import type { DecidedClaim } from '#operator/trunks/claim.ts'
import { againAfter, FAILED_AGAIN_MS } from './again-after.ts'
import { allOf } from './all-of.ts'
import { problemOfCredential, problemOfNoCredential } from './credential.ts'
import type { ObservedAgent, ObservedRevision } from './observed.ts'
import type { AgentParts } from './parts.ts'
import { PodTemplates, type Templates } from './pod-templates.ts'
import { readyAndAlive, reportedOf } from './pods-seen.ts'
import type { AgentProblem } from './problem.ts'
import { problemsOfClaims } from './problems-of-claims.ts'
import { problemsOfFleet } from './problems-of-fleet.ts'
import { problemOfPrompts } from './prompts-seen.ts'
import { LASTING_MS, Reachability } from './reachability.ts'
import { Replacing } from './replacing.ts'
import type { Said } from './resolutions.ts'
import { ReviseAgent } from './revise-agent.ts'
import { revisionMarks } from './revision-object.ts'
import { forgettable, stableOf } from './revisions.ts'
import { decideRollout } from './rollout.ts'
import { SayAgent } from './say-agent.ts'
import { BAD_MS } from './secret-looks.ts'
import { ServeRevisions } from './serve-revisions.ts'
import { SurroundPods } from './surround-pods.ts'
import { regarding, type Turn } from './turn.ts'

export class AgentReconciler {
  readonly #p: AgentParts
  readonly #revise: ReviseAgent
  readonly #serve: ServeRevisions
  readonly #say: SayAgent
  readonly #surround: SurroundPods
  readonly #templates: PodTemplates
  readonly #reachability = new Reachability()
  readonly #replacing = new Replacing()

  constructor(parts: AgentParts) {
    this.#p = parts
    this.#revise = new ReviseAgent(parts)
    this.#serve = new ServeRevisions(parts)
    this.#say = new SayAgent(parts)
    this.#surround = new SurroundPods(parts)
    this.#templates = new PodTemplates(parts.settings.worker)
  }

  async reconcile(key: string, signal: AbortSignal): Promise<void | { readonly againMs: Ms }> {
    const { caches, fleets, now } = this.#p
    const agent = caches.agents.cache.get(key)?.value
    const pods = caches.pods.cache.by('agent', key).map(entry => entry.value)
    const [namespace = '', name = ''] = key.split('/')
    if (agent === undefined && pods.length === 0) {
      this.#forget(key)
      return
    }
    await fleets.settle({ namespace, name }, signal)
    const again =
      agent === undefined ? await this.#retire(key, pods, signal) : await this.#turn(key, agent, pods, signal)
    if (again !== null) return { againMs: Math.max(50, again - now()) }
  }

  /** The agent is gone and pods of it are not: they are emptied, as it last said. */
  async #retire(key: string, pods: readonly ObservedPod[], signal: AbortSignal): Promise<Ms | null> {
    const [namespace = '', name = ''] = key.split('/')
    const { caches, resolutions, fleets, follower, now } = this.#p
    const revisions = caches.revisions.cache.by('agent', key).map(entry => entry.value)
    const wanted = new Map<string, number>()
    const inputs = revisions.map(revision => this.#inputOf(revision, wanted, null, pods))
    const drain = resolutions.drainOf({ namespace, name })
    const plan = this.#plan({ namespace, name, uid: '', deleting: true }, inputs, revisions, pods, drain)
    follower.follow(key, plan.follow)
    const executed = await fleets.execute({ namespace, name }, plan, () => null, signal)
    return soonest(plan.againAt, againAfter(executed, now()))
  }

  async #turn(
    key: string,
    agent: ObservedAgent,
    pods: readonly ObservedPod[],
    signal: AbortSignal,
  ): Promise<Ms | null> {
    const { caches, resolutions, follower, fleets, now } = this.#p
    const terminating = caches.namespaces.cache.get(agent.namespace)?.value.terminating ?? false
    const said = await resolutions.of(agent, signal)
    const claims = this.#p.book.of(key)
    const mayMake = !terminating && !agent.deleting
    const revised = await this.#revise.of(agent, said, pods, mayMake, firstPods(agent, claims), signal)
    const { revisions, current } = revised
    const stable = stableOf(revisions)
    const credential = await this.#credential(current ?? stable, pods, signal)
    const rollout = decideRollout({
      current: current?.name ?? null,
      stable: stable?.name ?? null,
      last: agent.status.revision ?? null,
      revisions: revisions.map(({ name }) => ({
        name,
        ...readyAndAlive(name, pods, uid => this.#p.follower.of(uid), this.#p.leaderSince),
        held: credential.held && name === (current ?? stable)?.name,
      })),
      pods: agent.spec?.scaling.minPods ?? null,
      unreachable: this.#reachability.of(key, claims, now()),
    })
    const templates = this.#templates.for(agent)
    const inputs = revisions
      .filter(r => r.replicas > 0 || (rollout.wanted.get(r.name) ?? 0) > 0 || pods.some(pod => pod.revision === r.name))
      .map(revision => ({
        ...this.#inputOf(revision, rollout.wanted, templates, pods),
        fresh: revision === revised.made,
      }))
    const plan = this.#plan(agent, inputs, revisions, pods, said.drain)
    this.#replacing.set(key, plan.replacing)
    follower.follow(key, plan.follow)

    const shown = (current ?? stable)?.name ?? null
    const problems = [
      ...said.problems,
      ...revised.problems,
      ...credential.problems,
      ...problemsOfSeen(agent.spec, claims),
      ...problemsOfFleet(plan, shown),
      ...this.#prompts(shown, pods),
    ]
    const turn: Turn = { key, agent, said, revisions, current, stable, claims, rollout, plan, problems }
    const carryOut = async (): Promise<Executed> => {
      if (!terminating) await this.#surround.beforePods(turn, inputs, pods, signal)
      const template = (name: string) => revisions.find(one => one.name === name)
      return fleets.execute(agent, plan, name => templateOf(templates, template(name)), signal)
    }
    const carried = carryOut()
    // a number is lowered at the state that was seen, which a status written meanwhile would make another one
    if (plan.steps.some(isLower)) await Promise.allSettled([carried])
    // else none of these waits for what another one does
    const [executed, served, spoken] = await allOf(
      carried,
      this.#serve.serve(turn, signal),
      this.#sayAndPromote(turn, terminating || agent.deleting, signal),
    )
    if (!terminating) await this.#cleanUp(turn, pods, signal)
    const lost = this.#reachability.since(key)
    return soonest(
      plan.againAt,
      spoken,
      served ? null : now() + FAILED_AGAIN_MS / 5,
      credential.held ? now() + BAD_MS : null,
      lost === null || pods.length === 0 ? null : Math.max(lost + LASTING_MS, now() + FAILED_AGAIN_MS),
      againAfter(executed, now()),
    )
  }

  #plan(
    agent: { namespace: string; name: string; uid: string; deleting: boolean },
    inputs: readonly RevisionInput[],
    revisions: readonly ObservedRevision[],
    pods: readonly ObservedPod[],
    drain: Said['drain'],
  ): FleetPlan {
    const { caches, fleets, follower, leaderSince, nodes, settings } = this.#p
    const { namespace, name, uid, deleting } = agent
    const loads = new Map(
      pods.flatMap(pod => {
        const load = follower.of(pod.uid)
        return load === undefined ? [] : [[pod.uid, load] as const]
      }),
    )
    return fleets.plan({
      agent: { namespace, name, uid, deleting },
      namespaceTerminating: caches.namespaces.cache.get(namespace)?.value.terminating ?? false,
      revisions: inputs,
      pods,
      loads,
      nodes,
      leaderSince,
      drain,
      callLimitMs: Math.max(0, ...revisions.map(revision => revision.callLimitMs)),
      replacements: Math.max(0, settings.replacements - this.#replacing.byOthers(`${namespace}/${name}`)),
    })
  }

  #inputOf(
    revision: ObservedRevision,
    wanted: ReadonlyMap<string, number>,
    templates: Templates | null,
    pods: readonly ObservedPod[],
  ): RevisionInput {
    const { name, uid, resourceVersion, replicas } = revision
    // a spec that is not understood says nothing about pods: they stay as they are
    const as = pods.find(pod => pod.revision === name && pod.made === 'sealed')?.template ?? ''
    const hash = templates?.hash(revision) ?? as
    return { name, uid, resourceVersion, replicas, wanted: wanted.get(name) ?? 0, template: hash }
  }

  async #credential(revision: ObservedRevision | null, pods: readonly ObservedPod[], signal: AbortSignal) {
    const problems: AgentProblem[] = []
    let held = false
    const { namespace = '', name = '', credentials = [] } = revision ?? {}
    for (const credential of credentials) {
      const seen = await this.#p.secrets.look(namespace, credential.secret, signal)
      const mine = pods.filter(pod => pod.revision === name)
      const reported = reportedOf(`${credential.secret}/${credential.key}`, mine, uid => this.#p.follower.of(uid))
      const problem = problemOfCredential({ namespace, ...credential }, seen, reported, this.#p.settings)
      held ||= seen !== 'usable'
      if (problem !== null) problems.push(problem)
    }
    return { held, problems }
  }

  #prompts(revision: string | null, pods: readonly ObservedPod[]): readonly AgentProblem[] {
    const problem = revision === null ? null : problemOfPrompts(revision, pods, uid => this.#p.follower.of(uid))
    return problem === null ? [] : [problem]
  }

  /** One after the other: of two writes to one object at once, the API server does one again from the start. */
  async #sayAndPromote(turn: Turn, leaving: boolean, signal: AbortSignal): Promise<Ms | null> {
    const again = await this.#say.say(turn, signal)
    if (!leaving) await this.#promote(turn, signal)
    return again
  }

  /** The new stable one is marked before the mark is taken off the old: with two of them the later promotion counts. */
  async #promote({ agent, rollout, revisions, stable }: Turn, signal: AbortSignal): Promise<void> {
    const chosen = revisions.find(revision => revision.name === rollout.promote)
    const { client, now, recorder } = this.#p
    if (chosen !== undefined) {
      const marks = revisionMarks(agent, chosen, new Date(now()).toISOString())
      await client.apply(REVISIONS, marks, { signal, metadataOnly: true })
      if (stable !== null)
        recorder.record({
          regarding: regarding(agent),
          type: 'Normal',
          reason: 'Promoted',
          action: 'Promote',
          note: `${chosen.name} took over from ${stable.name}`,
        })
    }
    const kept = chosen ?? stable
    for (const revision of revisions)
      if (kept !== null && revision.stableSince !== null && revision.name !== kept.name)
        await client.apply(REVISIONS, revisionMarks(agent, revision, null), { signal, metadataOnly: true })
  }

  async #cleanUp(
    { revisions, current, stable, rollout, agent }: Turn,
    pods: readonly ObservedPod[],
    signal: AbortSignal,
  ) {
    const used = new Set([current?.name, stable?.name, rollout.serving, agent.status.revision])
    const isUsed = ({ name }: ObservedRevision): boolean => used.has(name) || pods.some(pod => pod.revision === name)
    for (const revision of forgettable(revisions, isUsed, this.#p.settings.historyLimit))
      await this.#p.client.delete(REVISIONS, revision, { signal, propagation: 'Background' })
  }

  #forget(key: string): void {
    const [namespace = '', name = ''] = key.split('/')
    this.#p.fleets.forget({ namespace, name })
    this.#p.follower.follow(key, [])
    this.#p.resolutions.forget(key)
    this.#revise.forget(key)
    this.#surround.forget(key)
    this.#reachability.forget(key)
    this.#replacing.set(key, 0)
  }
}

/** Nothing is said of a spec that is not understood but that. */
function problemsOfSeen(spec: ObservedAgent['spec'], claims: readonly DecidedClaim[]): readonly AgentProblem[] {
  if (spec === null) return []
  const keyless = problemOfNoCredential(spec)
  return keyless === null ? problemsOfClaims(claims) : [keyless, ...problemsOfClaims(claims)]
}

/** Pods of a first revision that the first plan makes: counted in what is made, so that it need not be said again. */
function firstPods({ spec }: ObservedAgent, claims: readonly DecidedClaim[]): number {
  return claims.some(({ standing }) => standing.is === 'held') ? (spec?.scaling.minPods ?? 1) : 0
}

function isLower(step: FleetPlan['steps'][number]): boolean {
  return step.do === 'setReplicas' && step.resourceVersion !== null
}

function templateOf(templates: Templates | null, revision: ObservedRevision | undefined): PodTemplate | null {
  return revision === undefined || templates === null ? null : templates.of(revision)
}

function soonest(...times: readonly (Ms | null)[]): Ms | null {
  const some = times.filter(time => time !== null)
  return some.length === 0 ? null : Math.min(...some)
}
