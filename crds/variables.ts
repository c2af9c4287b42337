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
