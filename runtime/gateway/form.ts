/** A webhook's body: a form, read strictly. Pure. */
import type { Form } from './twilio-signature.ts'

/** More than any webhook of a carrier has. */
const MAX_FIELDS = 200

/** Null: not a form that a carrier would send. */
export function readForm(body: string): Form | null {
  const form = new Map<string, string[]>()
  if (body === '') return form
  const pairs = body.split('&')
  if (pairs.length > MAX_FIELDS) return null
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const [name, value] = [unescaped(at < 0 ? pair : pair.slice(0, at)), unescaped(at < 0 ? '' : pair.slice(at + 1))]
    if (name === null || value === null || name === '') return null
    const values = form.get(name)
    if (values) values.push(value)
    else form.set(name, [value])
  }
  return form
}

/** The one value of a field; null: it is not there, or there twice, and then nobody knows which one is meant. */
export function only(form: Form, name: string): string | null {
  const values = form.get(name)
  return values?.length === 1 ? (values[0] ?? null) : null
}

function unescaped(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}
