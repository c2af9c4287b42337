import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createToolRunner, executeTool } from './execute.ts'
import type { HttpToolDeclaration } from './tool.ts'

interface Asked {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

let server: Server
let base: string
let asked: Asked[] = []
let answer: (response: ServerResponse, request: IncomingMessage) => void = () => {}

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      asked.push({ method, url, headers, body: Buffer.concat(parts).toString() })
      answer(response, request)
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
afterEach(() => {
  asked = []
})

function says(status: number, type: string, body: string | Buffer, headers: Record<string, string> = {}): void {
  answer = response => {
    response.writeHead(status, { ...(type === '' ? {} : { 'content-type': type }), ...headers }).end(body)
  }
}

type Over = Partial<Omit<HttpToolDeclaration, 'http'>> & { http?: Partial<HttpToolDeclaration['http']> }
function tool({ http, ...over }: Over = {}): HttpToolDeclaration {
  return {
    name: 'find',
    parameters: { type: 'object', properties: { day: { type: 'string' } } },
    effect: 'Read',
    ...over,
    http: { url: `${base}/find`, method: 'POST', timeoutMs: 5000, headers: [], ...http },
  }
}
const reason = (output: string): string => (JSON.parse(output) as { error: { message: string } }).error.message

describe('the request', () => {
  test('POST: arguments as JSON, trace context, declared headers', async () => {
    says(200, 'application/json', '{}')
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const headers = [
      { name: 'X-Api-Key', value: 'secret' },
      { name: 'Traceparent', value: 'not mine' },
      { name: 'Host', value: 'elsewhere' },
    ]
    await executeTool(tool({ http: { headers } }), { day: 'today' }, { traceparent })
    expect(asked).toMatchObject([{ method: 'POST', url: '/find', body: '{"day":"today"}' }])
    expect(asked[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-api-key': 'secret',
      traceparent,
      host: base.slice('http://'.length),
    })
  })

  test('GET: arguments as query parameters, beside those of the URL', async () => {
    says(200, 'application/json', '{}')
    const url = `${base}/find?clinic=a%26b`
    const args = { day: 'to day&', n: 3, list: ['a', 'b'], deep: { x: 1 }, no: false }
    await executeTool(tool({ parameters: {}, http: { url, method: 'GET' } }), args)
    const { method, url: path, body, headers } = asked[0]!
    expect({ method, body, type: headers['content-type'] }).toEqual({ method: 'GET', body: '', type: undefined })
    expect([...new URL(path, base).searchParams]).toEqual([
      ['clinic', 'a&b'],
      ['day', 'to day&'],
      ['n', '3'],
      ['list', 'a'],
      ['list', 'b'],
      ['deep', '{"x":1}'],
      ['no', 'false'],
    ])
  })

  test('credentials of the URL go into a header, and nowhere else', async () => {
    says(404, 'text/plain', 'no')
    const url = base.replace('//', '//user:p%40ss@')
    const result = await executeTool(tool({ http: { url } }), {})
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`)
    const refused = await executeTool(tool({ http: { url: 'http://user:p%40ss@127.0.0.1:1/' } }), {})
    expect(JSON.stringify([result, refused])).not.toMatch(/user|ss@|127\.0\.0\.1/)
  })

  test('arguments that do not fit are not sent', async () => {
    const result = await executeTool(tool(), { day: 5 })
    expect(result).toMatchObject({ ok: false, code: 'SB_TOOL_ARGUMENTS' })
    expect(reason(result.output)).toBe('the arguments do not fit: day: must be string')
    expect(asked).toEqual([])
  })
})

describe('the answer', () => {
  test.each<[string, number, string, string, object]>([
    ['JSON as it stands', 200, 'application/json', '{ "slots": [ 1 ] }', { ok: true, output: '{"slots":[1]}' }],
    ['JSON of a vendor’s type', 200, 'application/hal+json; charset=utf-8', '[1]', { ok: true, output: '[1]' }],
    [
      'an envelope',
      200,
      'application/json',
      '{"result":{"a":1},"display":" 1\\nslot "}',
      { ok: true, output: '{"a":1}', display: '1 slot' },
    ],
    ['an envelope with words', 200, 'application/json', '{"result":"at nine"}', { ok: true, output: 'at nine' }],
    [
      'no envelope: another member',
      200,
      'application/json',
      '{"result":"x","id":7}',
      { ok: true, output: '{"result":"x","id":7}' },
    ],
    [
      'no envelope: no line',
      200,
      'application/json',
      '{"result":1,"display":2}',
      { ok: true, output: '{"result":1,"display":2}' },
    ],
    ['text', 200, 'text/plain; charset=utf-8', ' um neun Uhr früh\n', { ok: true, output: 'um neun Uhr früh' }],
    ['text without a type', 200, '', 'nine', { ok: true, output: 'nine' }],
    ['nothing', 200, 'application/json', '', { ok: true, output: '{"ok":true}' }],
    ['created', 201, 'application/json', 'null', { ok: true, output: 'null' }],
  ])('%s', async (_name, status, type, body, result) => {
    says(status, type, body)
    expect(await executeTool(tool(), {})).toEqual(result)
  })

  test('204', async () => {
    answer = response => response.writeHead(204).end()
    expect(await executeTool(tool(), {})).toEqual({ ok: true, output: '{"ok":true}' })
  })

  test.each<[string, number, string, string, string, string]>([
    ['404 with words', 404, 'text/plain', 'no such\n day', 'SB_TOOL_STATUS', 'the tool answered HTTP 404: no such day'],
    [
      '422 with JSON',
      422,
      'application/json',
      '{"why":"closed"}',
      'SB_TOOL_STATUS',
      'the tool answered HTTP 422: {"why":"closed"}',
    ],
    ['500 with a page', 500, 'text/html', '<html>trace', 'SB_TOOL_STATUS', 'the tool answered HTTP 500'],
    ['502 with bytes', 502, 'image/png', 'x', 'SB_TOOL_STATUS', 'the tool answered HTTP 502'],
    ['broken JSON', 200, 'application/json', '{"a":', 'SB_TOOL_BAD_JSON', 'the tool answered with broken JSON'],
    [
      'a picture',
      200,
      'image/png',
      'x',
      'SB_TOOL_CONTENT_TYPE',
      'the tool answered with image/png, which is neither JSON nor text',
    ],
    [
      'too much',
      200,
      'text/plain',
      'x'.repeat(65_537),
      'SB_TOOL_TOO_LARGE',
      'the tool answered with more than 65536 bytes',
    ],
  ])('%s', async (_name, status, type, body, code, words) => {
    says(status, type, body)
    const result = await executeTool(tool(), {})
    expect(result).toMatchObject({ ok: false, code })
    expect(reason(result.output)).toBe(words)
    expect(asked).toHaveLength(1)
  })

  test('a refusal’s words are bounded', async () => {
    says(400, 'text/plain', 'x'.repeat(5000))
    expect(reason((await executeTool(tool(), {})).output).length).toBeLessThan(350)
  })

  test('an endless answer is left', async () => {
    let closed: () => void
    const left = new Promise<void>(done => {
      closed = done
    })
    answer = response => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      const more = (): void => {
        if (response.destroyed) return
        response.write('x'.repeat(8192), () => setImmediate(more))
      }
      response.on('close', () => closed())
      more()
    }
    expect(await executeTool(tool(), {}, { maxBytes: 10_000 })).toMatchObject({ code: 'SB_TOOL_TOO_LARGE' })
    await left
  })

  test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async status => {
    says(status, 'text/plain', '', { location: `${base}/elsewhere` })
    expect(await executeTool(tool(), {})).toMatchObject({ ok: false, code: 'SB_TOOL_REDIRECT' })
    expect(asked).toHaveLength(1)
  })
})

describe('failure of the connection', () => {
  /** Breaks the first `times` connections after the request came. */
  function breaks(times: number): void {
    let left = times
    answer = (response, request) => {
      if (left-- > 0) request.socket.destroy()
      else response.writeHead(200, { 'content-type': 'text/plain' }).end('fine')
    }
  }

  test.each([
    ['Read', 1, 2, { ok: true, output: 'fine' }],
    ['Read', 2, 2, { ok: false, code: 'SB_TOOL_UNREACHABLE' }],
    ['Write', 1, 1, { ok: false, code: 'SB_TOOL_UNCERTAIN' }],
  ] as const)('%s, broken %i times: asked %i times', async (effect, times, requests, result) => {
    breaks(times)
    expect(await executeTool(tool({ effect }), {})).toMatchObject(result)
    expect(asked).toHaveLength(requests)
  })

  test('an answer that breaks off is a failure too', async () => {
    answer = (response, request) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"a":1')
      setImmediate(() => request.socket.destroy())
    }
    expect(await executeTool(tool({ effect: 'Write' }), {})).toMatchObject({ code: 'SB_TOOL_UNCERTAIN' })
    expect(asked).toHaveLength(1)
  })

  test.each(['Read', 'Write'] as const)('nobody there: a %s was certainly not done', async effect => {
    const closed = createServer()
    await new Promise<void>(done => closed.listen(0, '127.0.0.1', done))
    const { port } = closed.address() as AddressInfo
    await new Promise<void>(done => closed.close(() => done()))
    const result = await executeTool(tool({ effect, http: { url: `http://127.0.0.1:${port}/` } }), {})
    expect(result).toMatchObject({ ok: false, code: 'SB_TOOL_UNREACHABLE' })
  })

  test('an HTTP error is an answer: not asked again', async () => {
    says(503, 'text/plain', 'busy')
    await executeTool(tool(), {})
    expect(asked).toHaveLength(1)
  })

  test('what fails inside us is a fault, without its words', async () => {
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('http://user:secret@host'))
    const result = await executeTool(tool(), {}, { fetch })
    expect(result).toEqual({
      ok: false,
      code: 'SB_TOOL_FAULT',
      output: '{"error":{"code":"SB_TOOL_FAULT","message":"the tool failed"}}',
    })
    expect(await executeTool(tool({ http: { url: 'file:///etc/passwd' } }), {})).toMatchObject({
      code: 'SB_TOOL_FAULT',
    })
  })
})

describe('time', () => {
  const never = (): void => {
    answer = () => {}
  }

  test.each([
    ['Read', 'SB_TOOL_TIMEOUT'],
    ['Write', 'SB_TOOL_TIMEOUT_UNCERTAIN'],
  ] as const)('a %s that hangs', async (effect, code) => {
    never()
    // long enough for the request to arrive on a busy machine
    expect(await executeTool(tool({ effect, http: { timeoutMs: 400 } }), {})).toMatchObject({ ok: false, code })
    expect(asked).toHaveLength(1)
  })

  test('the call’s own time counts when it is shorter', async () => {
    never()
    expect(await executeTool(tool(), {}, { timeoutMs: 30 })).toMatchObject({ code: 'SB_TOOL_TIMEOUT' })
  })

  test('a body that hangs is given up as well', async () => {
    answer = response => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write('so far')
    }
    expect(await executeTool(tool({ http: { timeoutMs: 50 } }), {})).toMatchObject({ code: 'SB_TOOL_TIMEOUT' })
  })

  test('cancelled while it runs, and before', async () => {
    const controller = new AbortController()
    answer = () => controller.abort()
    expect(await executeTool(tool(), {}, { signal: controller.signal })).toMatchObject({ code: 'SB_TOOL_CANCELLED' })
    expect(await executeTool(tool(), {}, { signal: controller.signal })).toMatchObject({ code: 'SB_TOOL_CANCELLED' })
    expect(asked).toHaveLength(1)
  })
})

test('a runner finds tools by name, and gives each call its trace context', async () => {
  says(200, 'text/plain', 'fine')
  const run = createToolRunner([tool()], { traceparent: id => `00-${id}` })
  const { signal } = new AbortController()
  expect(await run({ id: 'c1', name: 'find', args: '{}' }, 1000, signal)).toEqual({ ok: true, output: 'fine' })
  expect(asked[0]?.headers['traceparent']).toBe('00-c1')
  expect(await run({ id: 'c2', name: 'fly', args: {} }, 1000, signal)).toMatchObject({
    ok: false,
    code: 'SB_TOOL_UNKNOWN',
  })
})
