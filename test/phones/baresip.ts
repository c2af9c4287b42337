/** baresip, headless: a real phone that plays a file, records both directions and is told what to do over its JSON control socket. */
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, freePort, sleep, start } from './process.ts'

export interface BaresipOptions {
  /** PCM16 mono 8 kHz WAV that the phone plays from the start of each call. */
  readonly play: string
  readonly codecs?: readonly ('PCMU' | 'PCMA')[]
  readonly transport?: 'udp' | 'tcp'
  /** Where requests go first, `sip:127.0.0.1:5060`. */
  readonly proxy?: string
  readonly ptimeMs?: number
  readonly answer?: 'auto' | 'manual'
  /** The phone's own. Default: 127.0.0.1. */
  readonly address?: string
  /** User of its address, which is who calls. */
  readonly user?: string
}

export interface BaresipEvent {
  readonly type: string
  readonly param?: string
}

export interface Baresip {
  readonly port: number
  readonly rtpPort: number
  readonly events: readonly BaresipEvent[]
  dial(uri: string): void
  hangUp(): void
  command(name: string, params?: string): void
  waitFor(type: string, ms: number): Promise<BaresipEvent>
  /** What the phone heard (`dec`) and sent (`enc`), one pair of WAV files a call, in order. Complete after hang-up. */
  recordings(): { heard: string[]; sent: string[] }
  log(): string
  stop(): Promise<void>
}

/** Its ports (and SIP's next one, which it takes for TLS) may be somebody else's between being found free and being taken. */
const ATTEMPTS = 4

export async function startBaresip(options: BaresipOptions): Promise<Baresip> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options)
    } catch (error) {
      if (attempt === ATTEMPTS || !String(error).includes('in use')) throw error
    }
  }
}

async function startOnce(options: BaresipOptions): Promise<Baresip> {
  const folder = mkdtempSync(join(tmpdir(), 'baresip-'))
  const rec = join(folder, 'rec')
  mkdirSync(rec)
  const [port, control] = [await freePort(), await freePort()]
  const rtpPort = 30_000 + (port % 14_000) * 2
  writeFileSync(join(folder, 'config'), config(options, folder, rec, port, control, rtpPort))
  writeFileSync(join(folder, 'accounts'), `${account(options, port)}\n`)
  writeFileSync(join(folder, 'contacts'), '')
  const child: Child = start('baresip', ['-f', folder])
  const socket = await dialControl(control, child)
  const events: BaresipEvent[] = []
  readNetstrings(socket, text => {
    const message = JSON.parse(text) as { event?: boolean; type?: string; param?: string }
    if (message.event === true)
      events.push({ type: message.type ?? '', ...(message.param === undefined ? {} : { param: message.param }) })
  })
  const command = (name: string, params = ''): void => {
    const text = JSON.stringify({ command: name, params, token: name })
    socket.write(`${Buffer.byteLength(text)}:${text},`)
  }
  const waitFor = async (type: string, ms: number): Promise<BaresipEvent> => {
    for (let waited = 0; waited < ms; waited += 20) {
      const found = events.find(e => e.type === type)
      if (found !== undefined) return found
      await sleep(20)
    }
    throw new Error(
      `baresip: no ${type} in ${ms} ms; it saw ${events.map(e => e.type).join(' ')}\n${child.output().slice(-2000)}`,
    )
  }
  const files = (end: string): string[] =>
    readdirSync(rec)
      .filter(f => f.endsWith(end))
      .sort()
      .map(f => join(rec, f))
  return {
    port,
    rtpPort,
    events,
    command,
    waitFor,
    dial: uri => command('dial', uri),
    hangUp: () => command('hangup'),
    recordings: () => ({ heard: files('dec.wav'), sent: files('enc.wav') }),
    log: () => child.output(),
    stop: async () => {
      socket.destroy()
      await child.stop(3000)
    },
  }
}

function account(o: BaresipOptions, port: number): string {
  const transport = o.transport ?? 'udp'
  const parts = [
    `<sip:${o.user ?? 'phone'}@${o.address ?? '127.0.0.1'}:${port};transport=${transport}>`,
    'regint=0',
    `answermode=${o.answer ?? 'manual'}`,
    `audio_codecs=${(o.codecs ?? ['PCMU', 'PCMA']).map(c => `${c}/8000/1`).join(',')}`,
    `ptime=${o.ptimeMs ?? 20}`,
  ]
  if (o.proxy !== undefined) parts.push(`outbound="${o.proxy};transport=${transport}"`)
  return parts.join(';')
}

function config(
  o: BaresipOptions,
  folder: string,
  rec: string,
  port: number,
  control: number,
  rtpPort: number,
): string {
  return `poll_method epoll
sip_listen ${o.address ?? '127.0.0.1'}:${port}
net_interface ${o.address ?? '127.0.0.1'}
call_local_timeout 60
call_max_calls 4
audio_player aufile,${join(folder, 'play.wav')}
audio_source aufile,${o.play}
audio_alert aufile,${join(folder, 'alert.wav')}
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
rtp_ports ${rtpPort}-${rtpPort + 8}
jitter_buffer_type off
rtp_stats no
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
snd_path ${rec}
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${control}
`
}

async function dialControl(port: number, child: Child): Promise<Socket> {
  const exited = child.exited.then(() => true)
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = await new Promise<Socket | null>(resolve => {
      const s = connect(port, '127.0.0.1', () => resolve(s))
      s.once('error', () => resolve(null))
    })
    if (socket !== null) {
      socket.on('error', () => socket.destroy())
      return socket
    }
    if (await Promise.race([exited, sleep(50).then(() => false)])) break
  }
  await child.stop()
  throw new Error(`baresip did not open its control port: ${child.output().slice(-2000)}`)
}

function readNetstrings(socket: Socket, each: (text: string) => void): void {
  let buffer = Buffer.alloc(0)
  socket.on('data', chunk => {
    buffer = Buffer.concat([buffer, chunk])
    for (;;) {
      const colon = buffer.indexOf(58)
      if (colon < 1) return
      const length = Number(buffer.subarray(0, colon).toString())
      if (buffer.length < colon + 1 + length + 1) return
      each(buffer.subarray(colon + 1, colon + 1 + length).toString())
      buffer = buffer.subarray(colon + 2 + length)
    }
  })
}
