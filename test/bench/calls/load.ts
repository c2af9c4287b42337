/** The load process: callers and provider in one process, so that one clock times both ways. Told what to do over IPC. */
import { type HandCall, HandSip, offer } from '#test/phones/hand-sip.ts'
import { Caller } from './caller.ts'
import { Figures } from './figures.ts'
import type { FromLoad, ToLoad } from './protocol.ts'
import { Provider } from './provider.ts'

const figures = new Figures()
const callers = new Map<number, Caller>()
let provider: Provider | null = null
let sip: HandSip | null = null
const up = new Set<HandCall>()
let nextId = 1

const say = (message: FromLoad): void => void process.send?.(message)
const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

// One clock for all callers, each on its own 5 ms phase of the 20 ms frame, never a burst after a stall of our own.
let phase = 0
let due = performance.now()
const beat = (): void => {
  const now = performance.now()
  if (now - due > 200) due = now
  while (due <= now) {
    for (const [id, caller] of callers) if ((id & 3) === phase) caller.tick()
    phase = (phase + 1) & 3
    due += 5
  }
  setTimeout(beat, Math.max(0, due - performance.now()))
}
beat()

async function dial(calls: number, perSecond: number, sipPort: number, number: string): Promise<void> {
  sip ??= await HandSip.open(sipPort)
  const line = sip
  const attempts: Promise<boolean>[] = []
  for (let i = 0; i < calls; i++) {
    const id = nextId++
    const caller = await Caller.create(id, figures)
    callers.set(id, caller)
    attempts.push(
      attempt(line, caller, number).then(answered => {
        if (!answered) {
          callers.delete(id)
          caller.close()
        }
        return answered
      }),
    )
    await sleep(1000 / perSecond)
  }
  const answered = (await Promise.all(attempts)).filter(Boolean).length
  say({ is: 'up', calls: answered, refused: figures.refused, failed: figures.failed })
}

/** Whether the call came up; times of 180 and 200 go to the figures. */
function attempt(line: HandSip, caller: Caller, number: string): Promise<boolean> {
  return new Promise(resolve => {
    let rang = false
    const timer = setTimeout(() => {
      figures.failed++
      resolve(false)
    }, 20_000)
    line.call({
      number,
      sdp: offer(caller.rtpPort, 'sendrecv', '0 101'),
      onBye: call => up.delete(call),
      onStatus: (call, status) => {
        const took = performance.now() - call.began
        if (status === 180 && !rang) {
          rang = true
          figures.ringing.push(took)
        }
        if (status < 200) return
        clearTimeout(timer)
        if (status === 200) {
          call.ack()
          if (caller.talking) return // sent again
          figures.answered.push(took)
          caller.talkTo(call.rtpPort)
          up.add(call)
        } else if (status === 503) figures.refused++
        else figures.failed++
        resolve(status === 200)
      },
    })
  })
}

async function direct(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const id = nextId++
    const caller = await Caller.create(id, figures)
    callers.set(id, caller)
    caller.talkTo(port)
  }
  say({ is: 'up', calls: ports.length, refused: 0, failed: 0 })
}

async function obey(message: ToLoad): Promise<void> {
  switch (message.do) {
    case 'listen':
      provider = await Provider.listen(figures, id => callers.get(id))
      say({ is: 'listening', port: provider.port })
      break
    case 'sip':
      await dial(message.calls, message.perSecond, message.sipPort, message.number)
      break
    case 'direct':
      await direct(message.ports)
      break
    case 'window':
      figures.begin(performance.now())
      await sleep(message.seconds * 1000)
      say({ is: 'window', window: figures.end(performance.now(), callers.size) })
      break
    case 'hangUp':
      for (const call of up) call.bye()
      up.clear()
      await sleep(500)
      for (const caller of callers.values()) caller.close()
      callers.clear()
      say({ is: 'down' })
      break
    case 'exit':
      sip?.close()
      provider?.close()
      process.exit(0)
  }
}

process.on('message', message => void obey(message as ToLoad))
// Nothing outlives the bench.
process.on('disconnect', () => process.exit(0))
