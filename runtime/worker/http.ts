/** The worker's HTTP contract: probes and metrics for everybody who can reach it, the rest for those whom {@link Access} allows. */
import fastify, { type FastifyInstance } from 'fastify'
import { SwitchboardError } from '#errors/registry.ts'
import type { CallSummary } from '#runtime/contract/calls.ts'
import { type DrainAnswer, type DrainRequest, drainRequestSchema } from '#runtime/contract/drain.ts'
import type { TokenVerb } from '#runtime/contract/token.ts'
import type { Access } from './access.ts'
import { workerErrors } from './errors.ts'
import type { LoadStreams } from './load-stream.ts'

export interface WorkerControl {
  ready(): { ok: boolean; why: string }
  metrics(): Promise<string>
  calls(): CallSummary[]
  hangUp(id: string): boolean
  /** Done when it outlives a restart of the process, like a revision; calls are refused before that. */
  drain(request: DrainRequest): Promise<DrainAnswer>
  /**
   * `body`: JSON, unread. Done when it outlives a restart of the process, where a place for that was given. Rejects with a SwitchboardError when it
   * is not acceptable.
   */
  putRevision(name: string, body: Uint8Array): Promise<void>
  readonly access: Access
  readonly load: LoadStreams
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a token must allow; `open`: nobody needs one. A route that says nothing is closed to all. */
    readonly verb?: TokenVerb | 'open'
  }
}

const OPEN = { config: { verb: 'open' } } as const
const verb = (name: TokenVerb) => ({ config: { verb: name } }) as const

export interface HttpServer {
  readonly port: number
  close(): Promise<void>
}

/** RFC 6750 §3; the body of who may not ask is not waited for. */
const CHALLENGE = { 'www-authenticate': 'Bearer', connection: 'close' } as const

/** Clips ride in a revision, so it may be large: ten of 1 MiB in base64, and 1 MiB of everything else. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

export async function startHttp(control: WorkerControl, at: { host: string; port: number }): Promise<HttpServer> {
  const app = fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true })
  routes(app, control)
  try {
    await app.listen(at)
  } catch (cause) {
    throw workerErrors.httpPortTaken(at.host, at.port, (cause as NodeJS.ErrnoException).code ?? 'unknown', { cause })
  }
  const address = app.server.address()
  return { port: typeof address === 'object' && address ? address.port : at.port, close: () => app.close() }
}

function routes(app: FastifyInstance, control: WorkerControl): void {
  // before a body is read, and whatever is wrong, the answer is one
  app.addHook('onRequest', async (request, reply) => {
    const asked = request.is404 ? 'open' : request.routeOptions.config.verb
    if (asked === 'open') return
    const { authorization } = request.headers
    if (asked && (await control.access.allows({ authorization, address: request.ip, verb: asked }))) return
    await reply.code(401).headers(CHALLENGE).send({ ok: false, why: 'unauthorized' })
  })

  app.get('/healthz', OPEN, () => ({ ok: true }))

  // a draining worker stays ready: its calls still need it, and admission is refused where it is asked
  app.get('/readyz', OPEN, (_request, reply) => {
    const state = control.ready()
    return reply.code(state.ok ? 200 : 503).send(state)
  })

  app.get('/metrics', OPEN, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await control.metrics()),
  )

  app.get('/v1/load', verb('load'), (request, reply) => {
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
    const stop = control.load.add({
      write: line => void raw.write(line),
      end: () => raw.end(),
      get unread() {
        return raw.writableLength
      },
    })
    raw.on('error', stop)
    request.raw.on('close', stop)
  })

  app.get('/v1/calls', verb('calls'), () => ({ v: 1, calls: control.calls() }))

  app.delete<{ Params: { id: string } }>('/v1/calls/:id', verb('calls'), (request, reply) =>
    control.hangUp(request.params.id)
      ? reply.code(202).send({ ok: true })
      : reply.code(404).send({ ok: false, why: 'no such call' }),
  )

  app.post('/v1/drain', verb('drain'), (request, reply) => {
    const body = drainRequestSchema.safeParse(request.body)
    if (!body.success)
      return reply
        .code(400)
        .send({ ok: false, why: body.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`) })
    return control.drain(body.data)
  })

  // of a scope of its own, for its body is not parsed here: that would hold up the media
  app.register(scope => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    scope.put<{ Params: { name: string }; Body: Buffer | undefined }>(
      '/v1/revisions/:name',
      verb('revisions'),
      async (request, reply) => {
        await control.putRevision(request.params.name, request.body ?? Buffer.alloc(0))
        return reply.code(204).send()
      },
    )
  })

  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof SwitchboardError)
      return reply
        .code(error.code === workerErrors.revisionsBusy.code ? 503 : 422)
        .send({ ok: false, code: error.code, why: error.message, help: error.help })
    const status = (error as { statusCode?: number }).statusCode ?? 500
    return reply.code(status).send({ ok: false, why: status < 500 ? (error as Error).message : 'internal error' })
  })
}
