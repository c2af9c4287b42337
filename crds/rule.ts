/**
 * A rule that spans fields or that a JSON Schema cannot say. It is written twice, once in CEL for the API server and once in TypeScript
 * for `validate` and `resolve`, with one message; the tests hold the two to each other with an object that each refuses and one that each accepts.
 */
import type { z } from 'zod'

export interface Rule<T> {
  /** CEL over `self`, as in `x-kubernetes-validations`. */
  readonly cel: string
  /** What is wrong and what to write, in one sentence. */
  readonly message: string
  /** The field below `self` that the message is about, dotted. */
  readonly at?: string
  readonly holds: (self: T) => boolean
  /** What to write here, where it depends on the value: `validate` says it, the API server only the message. */
  readonly fix?: (self: T) => string | null
}

/** Meta key of the Kubernetes extension that carries CEL rules. */
export const VALIDATIONS = 'x-kubernetes-validations'

/** The same schema, held to rules: checked by zod and carried into the CRD. Rules run on objects whose fields are valid, defaults applied. */
export function ruled<S extends z.ZodType>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S {
  const checked = schema.superRefine((value, context) => {
    for (const rule of rules) {
      if (rule.holds(value)) continue
      context.addIssue({
        code: 'custom',
        message: rule.message,
        path: rule.at === undefined ? [] : rule.at.split('.'),
        params: { rule: rule.cel, fix: rule.fix?.(value) ?? '' },
      })
    }
  })
  const meta = schema.meta() ?? {}
  const before = (meta[VALIDATIONS] ?? []) as readonly object[]
  // Metadata is opaque to the API server: it takes no path below it.
  const added = rules.map(({ cel, message, at }) => ({
    rule: cel,
    message,
    ...(at !== undefined && { fieldPath: `.${at.startsWith('metadata.') ? 'metadata' : at}` }),
  }))
  return checked.meta({ ...meta, [VALIDATIONS]: [...before, ...added] })
}

/** Of these optional members exactly one is there. */
export function exactlyOne<T extends object>(members: readonly (keyof T & string)[], message: string): Rule<T> {
  return {
    cel: `[${members.map(m => `has(self.${m})`).join(', ')}].exists_one(x, x)`,
    message,
    holds: self => members.filter(m => self[m] !== undefined).length === 1,
  }
}
