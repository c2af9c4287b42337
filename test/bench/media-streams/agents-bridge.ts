/**
 * The same bridge by `@openai/agents-extensions`: a server for media streams, each of which gets its `TwilioRealtimeTransportLayer`, as its
 * documentation shows it. Webhooks are answered, too, without looking at a signature.
 *
 * usage: agents-bridge.ts PROVIDER_URL; prints its port.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RealtimeAgent, RealtimeSession } from '@openai/agents/realtime'
import { TwilioRealtimeTransportLayer } from '@openai/agents-extensions'
import { WebSocketServer } from 'ws'

const MODEL = 'gpt-realtime-2.1'
const provider = process.argv[2] ?? ''
const SILENCE_MS = 250

const server = createServer((request, response) => {
  request.resume()
  const { port } = server.address() as AddressInfo
  const twiml = `<Response><Connect><Stream url="ws://127.0.0.1:${port}/media"/></Connect></Response>`
  response.writeHead(200, { 'content-type': 'text/xml' }).end(request.url?.endsWith('/voice') === true ? twiml : '')
})
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', ws => {
  const transport = new TwilioRealtimeTransportLayer({ twilioWebSocket: ws, url: `${provider}?model=${MODEL}` })
  const agent = new RealtimeAgent({ name: 'reception', instructions: 'You are a receptionist.' })
  const session = new RealtimeSession(agent, {
    transport,
    model: MODEL,
    config: {
      audio: {
        input: {
          format: { type: 'audio/pcmu' },
          turnDetection: {
            type: 'server_vad',
            silenceDurationMs: SILENCE_MS,
            createResponse: true,
            interruptResponse: true,
          },
        },
        output: { format: { type: 'audio/pcmu' } },
      },
    },
  })
  session.on('error', () => undefined)
  session.connect({ apiKey: 'sk-simulated' }).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    ws.close()
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening ${(server.address() as AddressInfo).port}\n`))
