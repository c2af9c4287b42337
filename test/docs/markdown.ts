/** What a page of documentation promises: links, headings, commands, names of files, errors and metrics. */

export interface Page {
  /** Without what stands in code. */
  readonly links: readonly string[]
  /** Anchors as GitHub makes them of headings. */
  readonly anchors: ReadonlySet<string>
  /** Lines of fenced blocks and of code in text. */
  readonly code: readonly string[]
}

export function readPage(text: string): Page {
  const code: string[] = []
  const words = text
    .replaceAll(/^```\w*\n(?<block>[\s\S]*?)^```$/gm, (_whole, block: string) => {
      code.push(...block.split('\n').filter(line => line.trim() !== ''))
      return ''
    })
    .replaceAll(/`(?<span>[^`]+)`/g, (_whole, span: string) => {
      code.push(span.replaceAll(/\s+/g, ' '))
      return 'x'
    })
  return {
    links: [...words.matchAll(/\]\((?<target>[^)\s]+)\)/g)].map(match => match.groups?.['target'] ?? ''),
    anchors: new Set([...text.matchAll(/^#+ (?<title>.+)$/gm)].map(match => anchorOf(match.groups?.['title'] ?? ''))),
    code,
  }
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')
}

export interface Invocation {
  readonly program: string
  readonly args: readonly string[]
}

const PROGRAMS = new Set(['make', 'npm', 'switchboard'])

/** Commands of ours in a line of code: after variables and pipes, up to a comment. Output of a command names none. */
export function invocationsIn(line: string): Invocation[] {
  const plain = line.replace(/^\$ /, '').replace(/\s#\s.*$/, '')
  return plain.split(/\s*(?:&&|\|\||[|;])\s*/).flatMap(part => {
    const [program = '', ...args] = part
      .trim()
      .replace(/^(?:[A-Z_]+=\S*\s+)+/, '')
      .split(/\s+/)
    return PROGRAMS.has(program) ? [{ program, args }] : []
  })
}

/** Paths of this repository in code: known by their first folder. */
export function pathsIn(line: string, folders: readonly string[]): string[] {
  return [...line.matchAll(/(?<![\w./$-])(?<path>[\w.-]+\/[\w./-]*\w\/?|[\w.-]+\/)(?=$|[\s`,:;)])/g)]
    .map(match => match.groups?.['path'] ?? '')
    .filter(path => folders.includes(path.split('/')[0] ?? ''))
}
