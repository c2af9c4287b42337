/** Reads manifests into objects, and says all that is wrong with each of them by itself. Pure: takes texts. */
import type { z } from 'zod'
import { nearest } from '#errors/nearest.ts'
import type { SwitchboardError } from '#errors/registry.ts'
import { checkTools, checkWords } from './check-fields.ts'
import { type ConfigMap, configMap, type Namespace, namespace, type Secret, secret } from './core-objects.ts'
import {
  brokenRule,
  duplicateObject,
  emptyFile,
  notAnObject,
  plannedField,
  plannedKind,
  required,
  unknownField,
  unknownKind,
  unknownVersion,
  yamlSyntax,
} from './errors.ts'
import { type Explained, explain, type Finding } from './explain-issue.ts'
import { API_VERSION, GROUP } from './object.ts'
import { plannedKinds } from './planned/paths.ts'
import { byPlace, type Problem, pathText, valueText } from './problem.ts'
import { type SipTrunk, sipTrunk } from './sip-trunk.ts'
import { type VoiceAgent, voiceAgent } from './voice-agent.ts'
import { type VoiceAgentRevision, voiceAgentRevision } from './voice-agent-revision.ts'
import { readYaml, type YamlObject } from './yaml-source.ts'

/** The text of one file. */
export interface ManifestText {
  readonly file: string
  readonly text: string
  /** Named by a person, so that it must be a manifest; a file that merely lies in a directory may be anything. */
  readonly named?: boolean
}

/** An object and where it was written. */
export interface Sourced<T> {
  readonly object: T
  readonly file: string
  readonly yaml: YamlObject
}

export interface Manifests {
  readonly agents: readonly VoiceAgent[]
  readonly trunks: readonly SipTrunk[]
  readonly revisions: readonly VoiceAgentRevision[]
  readonly configMaps: readonly ConfigMap[]
  readonly secrets: readonly Secret[]
  readonly namespaces: readonly Namespace[]
  /** In the order of file and line. An object with an error is in none of the lists. */
  readonly problems: readonly Problem[]
  /** Where each object was written. */
  readonly sources: ReadonlyMap<object, Sourced<object>>
  /** `Kind namespace/name` of everything that was seen, sound or not. */
  readonly seen: ReadonlySet<string>
}

const OURS = { VoiceAgent: voiceAgent, SipTrunk: sipTrunk, VoiceAgentRevision: voiceAgentRevision }
const CORE = { ConfigMap: configMap, Secret: secret, Namespace: namespace }

interface Work {
  readonly objects: Record<keyof typeof OURS | keyof typeof CORE, object[]>
  readonly problems: Problem[]
  readonly sources: Map<object, Sourced<object>>
  readonly seen: Map<string, string>
}

const TOP = { line: 1, column: 1, endColumn: 2, path: '' }

/** Reads all documents of all texts. Objects of other groups are passed over: a directory may hold more than ours. */
export function readManifests(texts: readonly ManifestText[]): Manifests {
  const work: Work = {
    objects: { VoiceAgent: [], SipTrunk: [], VoiceAgentRevision: [], ConfigMap: [], Secret: [], Namespace: [] },
    problems: [],
    sources: new Map(),
    seen: new Map(),
  }
  for (const { file, text, named = true } of texts) {
    const documents = readYaml(text)
    if (documents.every(({ value, syntaxErrors }) => value === null && syntaxErrors.length === 0))
      work.problems.push(problemOf(emptyFile(), { ...TOP, file }, undefined, undefined, named ? 'error' : 'warning'))
    for (const yaml of documents) readObject(work, file, yaml, named)
  }
  return {
    agents: work.objects.VoiceAgent as VoiceAgent[],
    trunks: work.objects.SipTrunk as SipTrunk[],
    revisions: work.objects.VoiceAgentRevision as VoiceAgentRevision[],
    configMaps: work.objects.ConfigMap as ConfigMap[],
    secrets: work.objects.Secret as Secret[],
    namespaces: work.objects.Namespace as Namespace[],
    problems: work.problems.toSorted(byPlace),
    sources: work.sources,
    seen: new Set(work.seen.keys()),
  }
}

function readObject(work: Work, file: string, yaml: YamlObject, named: boolean): void {
  // The parser stumbles on after its first error: what it says then is of no use.
  const [syntax] = yaml.syntaxErrors
  if (syntax) {
    const fix = SYNTAX_FIXES[syntax.code]
    return void work.problems.push(problemOf(yamlSyntax(syntax.message), { file, ...syntax.place, path: '' }, fix))
  }
  const report = (finding: Finding, object?: string): void => {
    const problem = problemAt(finding, file, yaml, object)
    work.problems.push(object?.startsWith('Secret ') ? { ...problem, hidden: true } : problem)
  }
  if (yaml.value === null || yaml.value === undefined) return
  const head = headOf(yaml.value)
  if (head === null) {
    if (named || looksLikeObject(yaml.value)) report({ path: [], what: 'value', error: notAnObject() })
    return
  }
  const found = schemaFor(head)
  if (found === null) return
  if ('error' in found) {
    report(found)
    return
  }
  const { kind, schema } = found
  const { key, label } = nameOf(kind, yaml.value)
  const about: Explained = { kind, schema, value: yaml.value, scalar: path => yaml.scalar(path) }
  const parsed = schema.safeParse(yaml.value)
  const findings = withoutEchoes([
    ...checkWords(about),
    ...(parsed.error?.issues.flatMap(issue => explain(issue, about)) ?? []),
  ])
  if (parsed.success && kind === 'VoiceAgent') findings.push(...checkTools(parsed.data as VoiceAgent))
  const before = work.seen.get(key)
  if (before !== undefined && label !== undefined) {
    findings.push({ path: ['metadata', 'name'], what: 'value', error: duplicateObject(key, before) })
  }
  for (const finding of findings) report(finding, label)
  const { line } = yaml.place(['metadata', 'name'], 'value')
  if (before === undefined) work.seen.set(key, `${file}:${line}`)
  if (!parsed.success || findings.length > 0) return
  work.objects[kind].push(parsed.data)
  work.sources.set(parsed.data, { object: parsed.data, file, yaml })
}

function looksLikeObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('metadata' in value || 'spec' in value)
}

/** What to do about the syntax errors that people make most, by the code of the YAML parser. */
const SYNTAX_FIXES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  DUPLICATE_KEY: 'Remove one of the two, or merge them.',
  BAD_INDENT: 'Indent the fields of one object alike.',
  MULTILINE_IMPLICIT_KEY: 'Indent the fields of one object alike.',
  BLOCK_AS_IMPLICIT_KEY: 'Indent the fields of one object alike, or quote a text that holds ": ".',
  MISSING_CHAR: 'Close the quote or bracket that was opened.',
  UNEXPECTED_TOKEN: 'Quote a text that begins with { or [, such as "{{name}}, hello".',
}

/** Below the spec, an unknown member is reason enough why a rule on the members of its object fails: the rule is not repeated. */
function withoutEchoes(findings: readonly Finding[]): Finding[] {
  const strangers = findings.filter(f => f.error.code === unknownField.code || f.error.code === plannedField.code)
  const parents = new Set(strangers.map(f => pathText(f.path.slice(0, -1))))
  return findings.filter(f => !(f.error.code === brokenRule.code && f.path.length > 1 && parents.has(pathText(f.path))))
}

function headOf(value: unknown): { apiVersion: unknown; kind: unknown } | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const { apiVersion, kind } = value as Record<string, unknown>
  return apiVersion === undefined && kind === undefined ? null : { apiVersion, kind }
}

type Found = { kind: keyof typeof OURS | keyof typeof CORE; schema: z.ZodType<object> }

/** The schema of an object, what is wrong with its head, or null for an object that is not ours. */
function schemaFor({ apiVersion, kind }: { apiVersion: unknown; kind: unknown }): Found | Finding | null {
  const ours = typeof apiVersion === 'string' && apiVersion.split('/')[0] === GROUP
  if (apiVersion === 'v1' && typeof kind === 'string' && kind in CORE) {
    return { kind: kind as keyof typeof CORE, schema: CORE[kind as keyof typeof CORE] }
  }
  const looksLikeOurs =
    ours || (typeof kind === 'string' && kind in OURS) || nearest(valueText(apiVersion), [API_VERSION]) !== undefined
  if (!looksLikeOurs) return null
  if (apiVersion === undefined)
    return { path: ['apiVersion'], what: 'key', error: required(), fix: `add apiVersion: ${API_VERSION}` }
  if (apiVersion !== API_VERSION)
    return { path: ['apiVersion'], what: 'value', error: unknownVersion(valueText(apiVersion)) }
  if (kind === undefined)
    return { path: ['kind'], what: 'key', error: required(), fix: `add kind: ${Object.keys(OURS).join(' or ')}` }
  if (typeof kind === 'string' && kind in OURS)
    return { kind: kind as keyof typeof OURS, schema: OURS[kind as keyof typeof OURS] }
  if (plannedKinds.includes(valueText(kind)))
    return { path: ['kind'], what: 'value', error: plannedKind(valueText(kind)) }
  const meant = nearest(valueText(kind), Object.keys(OURS))
  return {
    path: ['kind'],
    what: 'value',
    error: unknownKind(valueText(kind)),
    ...(meant !== undefined && { fix: `did you mean ${meant}?` }),
  }
}

function nameOf(kind: string, value: object): { key: string; label?: string } {
  const { metadata } = value as { metadata?: { name?: unknown; namespace?: unknown } | null }
  if (typeof metadata?.name !== 'string') return { key: `${kind} ?` }
  const spaced =
    kind === 'Namespace' ? '' : `${typeof metadata.namespace === 'string' ? metadata.namespace : 'default'}/`
  const key = `${kind} ${spaced}${metadata.name}`
  return { key, label: key }
}

/** A problem at a field of a document. */
export function problemAt(
  finding: Finding,
  file: string,
  yaml: YamlObject,
  object?: string,
  severity: Problem['severity'] = 'error',
): Problem {
  const place = { file, ...yaml.place(finding.path, finding.what, finding.find), path: pathText(finding.path) }
  return problemOf(finding.error, place, finding.fix, object, severity)
}

function problemOf(
  error: SwitchboardError,
  place: Pick<Problem, 'file' | 'line' | 'column' | 'endColumn' | 'path'>,
  fix: string = error.help,
  object?: string,
  severity: Problem['severity'] = 'error',
): Problem {
  return { severity, code: error.code, ...place, message: error.message, fix, ...(object !== undefined && { object }) }
}
