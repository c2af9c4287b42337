/**
 * From an agent to what makes its revision. Operator and `switchboard run` both go through here, so that both make the same revision of the
 * same agent.
 */
import type { SwitchboardError } from '#errors/registry.ts'
import {
  type Behaviour,
  behaviour,
  type FinalAction,
  finalAction,
  type ResolvedPrompt,
  type Tool,
} from './behaviour.ts'
import { canonicalJson, sha256 } from './canonical.ts'
import { type Clip, clipDigest, readClip } from './clip.ts'
import { type ConfigMap, configMapBytes } from './core-objects.ts'
import {
  badClip,
  duplicateName,
  emptyInstructions,
  knownTooLate,
  missingConfigMap,
  missingKey,
  nothingRenders,
  undeclaredVariable,
  unknownVariable,
} from './errors.ts'
import { rendererOf } from './speech.ts'
import { render, renderPartly } from './variables.ts'
import type { Disclosure, Prompt, VoiceAgent } from './voice-agent.ts'
import { essence } from './walk-schema.ts'

/** Where an agent's references lead. */
export interface Sources {
  configMap(namespace: string, name: string): ConfigMap | undefined
}

/** Something wrong with one field of an agent. */
export interface FieldProblem {
  /** From the root of the object: `['spec', 'greeting', 'text']`. */
  readonly path: readonly (string | number)[]
  readonly error: SwitchboardError
  /** The name without a value, for an unknown variable. */
  readonly variable?: string
}

export type Resolution =
  | {
      readonly ok: true
      readonly content: Behaviour
      /** SHA-256 over what the content says; the same behaviour has the same hash. */
      readonly hash: string
      /** Recordings by the digest that prompts name them with. */
      readonly clips: ReadonlyMap<string, Clip>
      /** Not part of the revision; resolved with it because its prompt may need variables and clips. */
      readonly drain: { readonly deadline: string; readonly end: FinalAction }
    }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] }

type Path = readonly (string | number)[]

interface Work {
  readonly namespace: string
  readonly variables: Readonly<Record<string, string>>
  /** Names whose value is known only in the call. */
  readonly later: ReadonlySet<string>
  /** Of those, the ones that no manifest says. */
  readonly inCall: ReadonlySet<string>
  /** Something renders texts to sound. */
  readonly renders: boolean
  readonly sources: Sources
  readonly problems: FieldProblem[]
  readonly clips: Map<string, Clip>
}

/** Resolves an agent: renders its variables, reads what it refers to, applies defaults. Pure. */
export function resolve(agent: VoiceAgent, sources: Sources): Resolution {
  const { spec } = agent
  const byNumber = new Set((spec.inbound ?? []).flatMap(way => Object.keys(way.variables ?? {})))
  const inCall = new Set((spec.context?.variables ?? []).map(variable => variable.name))
  const work: Work = {
    namespace: agent.metadata.namespace,
    variables: spec.variables ?? {},
    later: new Set([...byNumber, ...inCall]),
    inCall,
    renders: rendererOf(spec.model, spec.speech) !== null,
    sources,
    problems: [],
    clips: new Map(),
  }
  // What no caller can notice is no part of a revision.
  const {
    instructions,
    instructionsFrom,
    variables: _v,
    inbound: _i,
    scaling: _s,
    pod: _p,
    drain,
    disclosures,
    ...shared
  } = spec
  const text =
    instructionsFrom === undefined
      ? renderAt(work, ['spec', 'instructions'], instructions ?? '')
      : readInstructions(work, instructionsFrom.configMapKeyRef)
  checkNames(work, agent)
  const changed = Object.entries(spec.variables ?? {}).filter(([name]) => byNumber.has(name))
  const resolved = withPrompts(work, ['spec'], shared) as typeof shared
  const draft = {
    ...(changed.length > 0 && { variables: Object.fromEntries(changed) }),
    ...resolved,
    ...(disclosures && {
      disclosures: disclosures.map((one, i) => resolveDisclosure(work, ['spec', 'disclosures', i], one)),
    }),
    instructions: text,
    ...(resolved.destinations && { destinations: resolved.destinations.toSorted(byName) }),
    ...(shared.tools && { tools: shared.tools.toSorted(byName).map(inOrder) }),
  }
  const end = withPrompts(work, ['spec', 'drain', 'end'], drain.end)
  if (work.problems.length > 0) return { ok: false, problems: work.problems }
  const content = behaviour.parse(draft)
  return {
    ok: true,
    content,
    hash: hashOf(content),
    clips: work.clips,
    drain: { deadline: drain.deadline, end: finalAction.parse(end) },
  }
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}

function inOrder(tool: Tool): Tool {
  const { headers } = tool.http
  return headers ? { ...tool, http: { ...tool.http, headers: headers.toSorted(byName) } } : tool
}

/** The hash of a behaviour: over what it says, not over how it is written. */
export function hashOf(content: Behaviour): string {
  return sha256(canonicalJson(essence(behaviour, content)))
}

/** Members of a spec that hold prompts, wherever they are: a prompt is known by what it can hold, and only prompts hold these. */
function withPrompts(work: Work, path: Path, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((v, i) => withPrompts(work, [...path, i], v))
  if (typeof value !== 'object' || value === null) return value
  if ('interruptible' in value) return resolvePrompt(work, path, value as Prompt)
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      // Model and tools hold no prompts, but vendor fields and JSON Schemas of any shape.
      path.length === 1 && (key === 'model' || key === 'tools') ? member : withPrompts(work, [...path, key], member),
    ]),
  )
}

function resolvePrompt(work: Work, path: Path, prompt: Prompt): ResolvedPrompt {
  const { interruptible, verbatim } = prompt
  if (prompt.text !== undefined) {
    const text = renderAt(work, [...path, 'text'], prompt.text)
    if (verbatim) checkVerbatim(work, [...path, 'text'], text)
    return { text, interruptible, verbatim }
  }
  if (prompt.builtIn !== undefined) return { clip: `builtin:${prompt.builtIn.toLowerCase()}`, interruptible, verbatim }
  return { clip: readRecording(work, path, prompt.audioFrom?.configMapKeyRef), interruptible, verbatim }
}

function resolveDisclosure(work: Work, path: Path, { name, text, audioFrom, onFailure }: Disclosure) {
  if (text === undefined) return { name, clip: readRecording(work, path, audioFrom?.configMapKeyRef), onFailure }
  const words = renderAt(work, [...path, 'text'], text)
  checkVerbatim(work, [...path, 'text'], words)
  return { name, text: words, onFailure }
}

/** What is rendered ahead of calls must be known ahead of them, and there must be something that renders it. */
function checkVerbatim(work: Work, path: Path, text: string): void {
  for (const name of render(text, {}).unknown)
    if (work.inCall.has(name)) work.problems.push({ path, error: knownTooLate(name), variable: name })
  if (!work.renders) work.problems.push({ path, error: nothingRenders() })
}

/** @returns its digest, or nothing of use after a problem */
function readRecording(work: Work, path: Path, ref: { name: string; key: string } = { name: '', key: '' }): string {
  const at = [...path, 'audioFrom', 'configMapKeyRef']
  const bytes = readKey(work, at, ref)
  if (bytes === undefined) return ''
  const clip = readClip(bytes, ref.key)
  if (typeof clip === 'string') {
    work.problems.push({ path: at, error: badClip(clip) })
    return ''
  }
  const digest = clipDigest(clip)
  work.clips.set(digest, clip)
  return digest
}

function readInstructions(work: Work, ref: { name: string; key: string }): string {
  const path = ['spec', 'instructionsFrom', 'configMapKeyRef']
  const bytes = readKey(work, path, ref)
  if (bytes === undefined) return ''
  const text = new TextDecoder().decode(bytes)
  if (text.trim() === '') work.problems.push({ path: [...path, 'key'], error: emptyInstructions() })
  return renderAt(work, path, text)
}

function readKey(work: Work, path: Path, { name, key }: { name: string; key: string }): Uint8Array | undefined {
  const map = work.sources.configMap(work.namespace, name)
  if (map === undefined) {
    work.problems.push({ path: [...path, 'name'], error: missingConfigMap(`${work.namespace}/${name}`) })
    return undefined
  }
  const bytes = configMapBytes(map, key)
  if (bytes === undefined)
    work.problems.push({ path: [...path, 'key'], error: missingKey(`${work.namespace}/${name}`, key) })
  return bytes
}

/** One name means one thing: what a number changes is declared, and a context takes no name that is taken. */
function checkNames({ variables, problems }: Work, { spec }: VoiceAgent): void {
  for (const [i, way] of (spec.inbound ?? []).entries())
    for (const name of Object.keys(way.variables ?? {}))
      if (!Object.hasOwn(variables, name))
        problems.push({ path: ['spec', 'inbound', i, 'variables', name], error: undeclaredVariable(name) })
  for (const [i, { name }] of (spec.context?.variables ?? []).entries())
    if (Object.hasOwn(variables, name))
      problems.push({ path: ['spec', 'context', 'variables', i, 'name'], error: duplicateName(name) })
}

function renderAt(work: Work, path: Path, template: string): string {
  const { text, unknown } =
    work.later.size > 0 ? renderPartly(template, work.variables, work.later) : render(template, work.variables)
  for (const name of unknown) work.problems.push({ path, error: unknownVariable(name), variable: name })
  return text
}
