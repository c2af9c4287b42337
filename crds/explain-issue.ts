/** From what zod says of a manifest to what a person should read: what is wrong, and what to write. */
import { type Scalar, Scalar as YamlScalar } from 'yaml'
import { z } from 'zod'
import { nearest } from '#errors/nearest.ts'
import type { SwitchboardError } from '#errors/registry.ts'
import {
  badDuration,
  badFormat,
  brokenRule,
  notAllowed,
  outOfBounds,
  plannedField,
  plannedValue,
  required,
  unknownField,
  unquoted,
  wrongType,
} from './errors.ts'
import { isPlannedField, isPlannedValue } from './planned/paths.ts'
import { type Path, valueText } from './problem.ts'
import { boundsOf, rightForm } from './right-form.ts'
import { bare, isDuration, memberPaths, members, metaOf, schemaAt } from './walk-schema.ts'

/** A misplaced field that belongs to at most so many places is told of all. */
const PLACES = 2

/** What is wrong at a path. `what`: whether the key or the value is meant. */
export interface Finding {
  readonly path: Path
  readonly what: 'key' | 'value'
  readonly error: SwitchboardError
  /** What to write here; the error's own help when there is nothing better. */
  readonly fix?: string
  /** A stretch of the value that is meant, where the whole of it would be too much. */
  readonly find?: RegExp
}

/** What an explanation may look at. */
export interface Explained {
  readonly kind: string
  readonly schema: z.core.$ZodType
  readonly value: unknown
  readonly scalar: (path: Path) => Scalar | undefined
}

/** Names of other systems, and of vendors, for fields of ours. */
const ALSO_KNOWN: Readonly<Record<string, string>> = {
  create_response: 'write spec.model.responses instead: Switchboard says who creates responses',
  interrupt_response: 'write spec.bargeIn instead: Switchboard owns interruption',
  idle_timeout_ms: 'write spec.silence instead',
  prompt: 'write spec.instructions',
  systemPrompt: 'write spec.instructions',
  apiKey: 'write credentialsRef: { kind: Secret, name: …, key: … }: no secret belongs into an agent',
  replicas: 'leave it out: the operator owns the number of pods',
  image: 'leave it out: the operator chooses the image',
  env: 'leave it out: pods take no environment from an agent',
}

/** Explains one issue; unknown keys make one finding each. */
export function explain(issue: z.core.$ZodIssue, about: Explained): Finding[] {
  const path = issue.path as (string | number)[]
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => unknownKey([...path, key], about))
  const given = at(about.value, path)
  const schema = schemaAt(about.schema, path)
  if (given === undefined && issue.code !== 'custom') return [missing(path, schema)]
  switch (issue.code) {
    case 'invalid_type':
      return [type(path, issue.expected, given, schema, about)]
    case 'invalid_value':
      return [choice(path, issue.values, given, about)]
    case 'invalid_format':
      if (schema && isDuration(schema)) return [durationFinding(path, String(given))]
      return [{ path, what: 'value', error: badFormat(issue.message), ...example(schema) }]
    case 'too_small':
      return [bounds(path, issue.origin, `at least ${issue.minimum}`, schema)]
    case 'too_big':
      return [bounds(path, issue.origin, `at most ${issue.maximum}`, schema)]
    case 'custom': {
      const fix = String(issue.params?.['fix'] ?? '')
      return [{ path, what: given === undefined ? 'key' : 'value', error: brokenRule(issue.message), fix }]
    }
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
      break
  }
  return [{ path, what: 'value', error: brokenRule(issue.message), fix: '' }]
}

function unknownKey(path: Path, { kind, schema }: Explained): Finding {
  const key = String(path.at(-1))
  if (isPlannedField(kind, path)) return { path, what: 'key', error: plannedField() }
  const known = ALSO_KNOWN[key]
  if (known !== undefined) return { path, what: 'key', error: unknownField(), fix: known }
  const around = schemaAt(schema, path.slice(0, -1))
  const here = Object.keys((around && members(around)) ?? {})
  const meant = nearest(key, here)
  if (meant !== undefined) return { path, what: 'key', error: unknownField(), fix: `did you mean "${meant}"?` }
  // what a model has its fallbacks have, too: the first is meant
  const elsewhere = [...memberPaths(schema)].filter(
    p => p.at(-1) === key && p[0] === path[0] && p[0] !== 'status' && !p.includes('fallbacks'),
  )
  if (elsewhere.length > 0 && elsewhere.length <= PLACES)
    return {
      path,
      what: 'key',
      error: unknownField(),
      fix: `it belongs to ${elsewhere.map(p => p.join('.')).join(' or ')}`,
    }
  const list = here.length > 0 && here.length <= 12 ? `the fields here are ${here.join(', ')}` : undefined
  return { path, what: 'key', error: unknownField(), ...(list !== undefined && { fix: list }) }
}

function missing(path: Path, schema: z.core.$ZodType | null): Finding {
  const key = String(path.at(-1))
  const inner = schema && bare(schema)
  const shown = example(schema).fix?.replace(/^write /, '')
  let sample = shown
  if (sample === undefined && inner instanceof z.ZodEnum)
    sample = inner.options.length === 1 ? String(inner.options[0]) : `one of ${inner.options.join(', ')}`
  if (sample === undefined && inner instanceof z.ZodLiteral) sample = [...inner.values].map(String).join(' or ')
  return { path, what: 'key', error: required(), fix: sample === undefined ? `add ${key}:` : `add ${key}: ${sample}` }
}

const ARTICLE: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function type(path: Path, expected: string, given: unknown, schema: z.core.$ZodType | null, about: Explained): Finding {
  const wanted = ARTICLE[expected] ?? expected
  if (given === null) {
    return { path, what: 'key', error: wrongType(wanted, 'empty'), fix: 'write a value behind it, or remove the key' }
  }
  const scalar = about.scalar(path)
  if (expected === 'string' && scalar?.type === YamlScalar.PLAIN) {
    const source = about.kind === 'Secret' ? '…' : (scalar.source ?? valueText(given))
    if (schema && isDuration(schema)) return durationFinding(path, source)
    return {
      path,
      what: 'value',
      error: unquoted(source, `a ${typeof given}`),
      fix: about.kind === 'Secret' ? 'quote it' : `quote it: ${label(path)}${JSON.stringify(source)}`,
    }
  }
  const isText = typeof given === 'string' && (expected === 'number' || expected === 'int' || expected === 'boolean')
  const fix = isText && Number.isFinite(Number(given)) ? `write it without quotes: ${label(path)}${given}` : undefined
  return {
    path,
    what: 'value',
    error: wrongType(wanted, kindOf(given)),
    ...(fix !== undefined ? { fix } : formOf(path, expected, schema, about.kind === 'Secret' ? undefined : given)),
  }
}

/** The right form, as a line that may stand there. */
function formOf(path: Path, expected: string, schema: z.core.$ZodType | null, given: unknown): { fix?: string } {
  const form = schema && rightForm(schema, given)
  if (form !== null) return { fix: `write ${label(path)}${form}` }
  const shown = example(schema)
  if (shown.fix !== undefined) return shown
  if (expected === 'string') return { fix: `write text: ${label(path)}"…"` }
  if (expected !== 'number' && expected !== 'int') return {}
  return { fix: ['write', ARTICLE[expected], schema && boundsOf(schema)].filter(Boolean).join(' ') }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a fraction'
  return ARTICLE[typeof value] ?? typeof value
}

function label(path: Path): string {
  const key = path.at(-1)
  return typeof key === 'string' ? `${key}: ` : ''
}

/** Values of other systems, or of another place, by the end of their path. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'mediaStream.transfer':
    'Refer and Bridge are for ingress Sip: over MediaStream there is no SIP, and no second leg that could be joined. Write Dial: the carrier calls there itself',
}

function choice(path: Path, values: readonly unknown[], given: unknown, { kind }: Explained): Finding {
  if (isPlannedValue(kind, path, given))
    return { path, what: 'value', error: plannedValue(String(given)), fix: `write ${values.join(' or ')}` }
  const shown = typeof given === 'object' ? kindOf(given) : JSON.stringify(given)
  const error = notAllowed(values.map(String).join(', '), shown)
  const meant = nearest(String(given), values.map(String))
  const elsewhere = NOT_HERE[path.slice(-2).join('.')]
  if (meant !== undefined) return { path, what: 'value', error, fix: `did you mean ${meant}?` }
  if (elsewhere !== undefined) return { path, what: 'value', error, fix: elsewhere }
  return { path, what: 'value', error, ...(values.length === 1 && { fix: `write ${values.join('')}` }) }
}

function bounds(path: Path, origin: string, bound: string, schema: z.core.$ZodType | null): Finding {
  const words: Readonly<Record<string, string>> = { string: `${bound} characters long`, array: `${bound} entries long` }
  const both = schema && boundsOf(schema)
  const noun = origin === 'string' || origin === 'array' ? '' : 'a value '
  return {
    path,
    what: 'value',
    error: outOfBounds(words[origin] ?? bound),
    ...(both && { fix: `write ${noun}${both}` }),
  }
}

/** Units as people write them, and the ones we take. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/^(ms|msec|msecs|millis|milliseconds?)$/i, 'ms'],
  [/^(s|sec|secs|seconds?|)$/i, 's'],
  [/^(m|min|mins|minutes?)$/i, 'm'],
  [/^(h|hr|hrs|hours?)$/i, 'h'],
]

function durationFinding(path: Path, source: string): Finding {
  const [, amount, unit = ''] = /^\s*([0-9]+(?:\.[0-9]{1,3})?)\s*([A-Za-z]*)\s*$/.exec(source) ?? []
  const meant = UNITS.find(([pattern]) => pattern.test(unit))?.[1]
  const error = badDuration(source)
  if (amount === undefined || meant === undefined) return { path, what: 'value', error }
  const guess = unit === '' ? `${label(path)}${amount}s, if seconds are meant` : `${label(path)}${amount}${meant}`
  return { path, what: 'value', error, fix: `write ${guess}` }
}

function example(schema: z.core.$ZodType | null): { fix?: string } {
  const [first] = (schema ? (metaOf(schema, 'examples') as unknown[] | undefined) : undefined) ?? []
  if (schema === null || first === undefined) return {}
  const text = valueText(first)
  const quoted = bare(schema) instanceof z.ZodString && /^[+0-9]/.test(text)
  return { fix: `write ${quoted ? JSON.stringify(text) : text}` }
}

function at(value: unknown, path: Path): unknown {
  let here: unknown = value
  for (const part of path)
    here = typeof here === 'object' && here !== null ? (here as Record<string | number, unknown>)[part] : undefined
  return here
}
