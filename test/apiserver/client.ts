/** The least that a test needs to speak to an API server: one request, one answer. */
import { Agent, request } from 'undici'

export interface Answer {
  readonly status: number
  /** Parsed JSON, or the text itself where it is none. */
  readonly body: unknown
  /** `Warning` headers (RFC 9111 §5.5), texts only. */
  readonly warnings: readonly string[]
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Client {
  /** Sends a value as JSON, or a text as it is. */
  request(method: Method, path: string, body?: unknown, contentType?: string): Promise<Answer>
  close(): Promise<void>
}

/** Types of PATCH bodies. */
export const MERGE = 'application/merge-patch+json'
export const APPLY = 'application/apply-patch+yaml'

export function openClient({ url, token, ca }: { url: string; token: string; ca: string }): Client {
  const agent = new Agent({ connect: { ca } })
  return {
    request: async (method, path, body, contentType = 'application/json') => {
      const answer = await request(`${url}${path}`, {
        method,
        dispatcher: agent,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': contentType }),
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.body.text()
      return { status: answer.statusCode, body: parsed(text), warnings: warningsOf(answer.headers['warning']) }
    },
    close: () => agent.destroy(),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function warningsOf(header: string | string[] | undefined): string[] {
  const lines = typeof header === 'string' ? [header] : (header ?? [])
  return lines.flatMap(line =>
    [...line.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(m => (m[1] ?? '').replaceAll('\\"', '"')),
  )
}
