/** `{{name}}` in instructions and prompts. */

const PLACEHOLDER = /(\\?)\{\{([^{}]*)\}\}/g

/**
 * Puts values in the place of `{{name}}`; white space inside the braces is allowed, `\{{name}}` stands for itself. Values are put in as they
 * are: a value that looks like a placeholder is not looked at again.
 * @returns the text, and the names that have no value, each once.
 */
export function render(
  template: string,
  variables: Readonly<Record<string, string>>,
): { text: string; unknown: string[] } {
  const unknown = new Set<string>()
  const text = template.replace(PLACEHOLDER, (whole, escape: string, inner: string) => {
    if (escape !== '') return whole.slice(1)
    const name = inner.trim()
    if (Object.hasOwn(variables, name)) return variables[name] ?? ''
    unknown.add(name)
    return whole
  })
  return { text, unknown: [...unknown] }
}

/**
 * The same where some values are known only later: `{{name}}` of those stays, and so does what stands for itself, until {@link render} makes
 * the whole of it. Values that look like placeholders are guarded, so that they are not looked at then.
 */
export function renderPartly(
  template: string,
  variables: Readonly<Record<string, string>>,
  later: ReadonlySet<string>,
): { text: string; unknown: string[] } {
  const unknown = new Set<string>()
  const text = template.replace(PLACEHOLDER, (whole, escape: string, inner: string) => {
    const name = inner.trim()
    if (escape !== '' || later.has(name)) return whole
    if (Object.hasOwn(variables, name)) return (variables[name] ?? '').replace(PLACEHOLDER, '\\$&')
    unknown.add(name)
    return whole
  })
  return { text, unknown: [...unknown] }
}
