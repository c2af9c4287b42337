/**
 * A phone written out by hand over UDP, for judging transfers: it calls and is called, is asked by REFER to call somebody else, and does of all that
 * what its plan says, wrong things too. It shares no line with the product's SIP or RTP.
 */
import { createHash } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { HandAudio } from './hand-audio.ts'
import { sleep } from './process.ts'

/** What it does when it is called. */
export interface CalledPlan {
  /** Final status. Absent: it rings until it is cancelled. */
  readonly status?: number
  readonly afterMs?: number
  /** Sends 180; false: nothing provisional but 100. */
  readonly rings?: boolean
  /** Answers nothing at all. */
  readonly dead?: boolean
  /** Sends 183 with SDP and says this before the answer. */
  readonly early?: Uint8Array
  /** Says this after the answer, over and over. */
  readonly says?: Uint8Array
  readonly hangUpAfterMs?: number
  /** Wants to know who calls: `user` and `password`, by this algorithm. */
  readonly challenge?: { readonly algorithm: 'MD5' | 'SHA-256'; readonly user: string; readonly password: string }
}

/** What it does when it is asked to call somebody else. */
export interface ReferPlan {
  /** Absent: no response at all. */
  readonly status?: number
  /** Sipfrags of the NOTIFYs that follow, each after 100 ms. */
  readonly notify?: readonly string[]
}

export class HandLeg {
  readonly callId: string
  readonly audio: HandAudio
  /** Requests of the other side in this dialog, by method, and statuses of its responses. */
  readonly seen: string[] = []
  /** The INVITE that came, or the 200 that did. */
  invite = ''
  referTo = ''
  answered = false
  ended = false
  local = ''
  remote = ''
  contact = ''
  cseq = 1
  branch = ''

  constructor(callId: string, audio: HandAudio) {
    this.callId = callId
    this.audio = audio
  }
}

const header = (text: string, name: string): string =>
  new RegExp(`^${name}:\\s*(.+)$`, 'im').exec(text)?.[1]?.trim() ?? ''
const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4)

export class HandPhone {
  readonly port: number
  readonly legs: HandLeg[] = []
  called: CalledPlan = { status: 200 }
  refer: ReferPlan = {}
  readonly #socket: Socket
  #server: { port: number; address: string } | null = null
  #next = 1

  private constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', (data, from) => {
      this.#server = { port: from.port, address: from.address }
      void this.#receive(data.toString('latin1'))
    })
    socket.on('error', () => undefined)
  }

  static async open(): Promise<HandPhone> {
    const socket = createSocket('udp4')
    await new Promise<void>(resolve => {
      socket.bind(0, '127.0.0.1', resolve)
    })
    return new HandPhone(socket)
  }

  /** Calls a number at a port of this machine, and waits until it is answered. */
  async call(number: string, port: number, says?: Uint8Array): Promise<HandLeg> {
    this.#server = { port, address: '127.0.0.1' }
    const leg = new HandLeg(`hand-${process.pid}-${this.port}-${this.#next++}`, await HandAudio.open())
    if (says !== undefined) leg.audio.repeat(says)
    leg.local = `<sip:+15550009999@127.0.0.1:${this.port}>;tag=c${this.#next}`
    leg.contact = `sip:${number}@127.0.0.1:${port}`
    leg.remote = `<${leg.contact}>`
    leg.branch = `z9hG4bK${leg.callId}`
    this.legs.push(leg)
    this.#request(leg, 'INVITE', sdpOf(leg.audio.port))
    for (let waited = 0; waited < 10_000 && !leg.answered && !leg.ended; waited += 20) await sleep(20)
    return leg
  }

  hangUp(leg: HandLeg): void {
    if (leg.ended) return
    leg.ended = true
    leg.cseq++
    leg.branch = `z9hG4bK${leg.callId}-${leg.cseq}`
    this.#request(leg, 'BYE')
    leg.audio.close()
  }

  /** Gives up a call that is not answered. */
  cancel(leg: HandLeg): void {
    this.#request(leg, 'CANCEL')
  }

  close(): void {
    for (const leg of this.legs) leg.audio.close()
    this.#socket.close()
  }

  #send(text: string): void {
    if (this.#server !== null) this.#socket.send(text, this.#server.port, this.#server.address)
  }

  #request(leg: HandLeg, method: string, body = '', extra: readonly string[] = [], type = 'application/sdp'): void {
    const lines = [
      `${method} ${leg.contact} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};rport;branch=${leg.branch}`,
      'Max-Forwards: 70',
      `From: ${leg.local}`,
      `To: ${leg.remote}`,
      `Call-ID: ${leg.callId}`,
      `CSeq: ${leg.cseq} ${method}`,
      `Contact: <sip:hand@127.0.0.1:${this.port}>`,
      ...extra,
      ...(body === '' ? [] : [`Content-Type: ${type}`]),
      `Content-Length: ${body.length}`,
    ]
    this.#send(`${lines.join('\r\n')}\r\n\r\n${body}`)
  }

  #respond(request: string, leg: HandLeg | null, status: number, extra: readonly string[] = [], body = ''): void {
    const lines = request.split('\r\n').filter(line => /^(via|from|call-id|cseq):/i.test(line))
    const to = header(request, 'To')
    const tagged =
      to.includes('tag=') || status === 100 ? to : `${to};tag=${leg === null ? 'none' : leg.callId.slice(0, 8)}`
    const text = [
      `SIP/2.0 ${status} X`,
      ...lines,
      `To: ${tagged}`,
      `Contact: <sip:hand@127.0.0.1:${this.port}>`,
      ...extra,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
    ]
    this.#send(`${text.join('\r\n')}\r\n\r\n${body}`)
  }

  async #receive(text: string): Promise<void> {
    const first = text.slice(0, text.indexOf('\r\n'))
    const leg = this.legs.find(each => each.callId === header(text, 'Call-ID'))
    if (first.startsWith('SIP/2.0')) {
      if (leg !== undefined) this.#response(leg, Number(first.slice(8, 11)), text)
      return
    }
    const method = first.split(' ')[0] ?? ''
    if (method === 'INVITE') return this.#invited(text)
    leg?.seen.push(method)
    if (method === 'ACK') return
    if (method === 'REFER') return leg === undefined ? undefined : this.#referred(leg, text)
    this.#respond(text, leg ?? null, leg === undefined ? 481 : 200)
    if (leg === undefined) return
    if (method === 'BYE') {
      leg.ended = true
      leg.audio.close()
    } else if (method === 'CANCEL' && !leg.answered) {
      leg.ended = true
      leg.audio.close()
      this.#respond(leg.invite, leg, 487)
    }
  }

  #response(leg: HandLeg, status: number, text: string): void {
    const method = header(text, 'CSeq').split(' ')[1] ?? ''
    leg.seen.push(`${status} ${method}`)
    if (method !== 'INVITE' || status < 200) return
    leg.remote = header(text, 'To')
    leg.invite = text
    if (status >= 300) {
      this.#request(leg, 'ACK')
      leg.ended = true
      leg.audio.close()
      return
    }
    leg.contact = /<([^>]+)>/.exec(header(text, 'Contact'))?.[1] ?? leg.contact
    leg.branch = `z9hG4bK${leg.callId}-ack`
    this.#request(leg, 'ACK')
    if (leg.answered) return
    leg.answered = true
    leg.audio.start(bodyOf(text))
  }

  async #invited(text: string): Promise<void> {
    const plan = this.called
    if (plan.dead === true) return
    const known = this.legs.find(each => each.callId === header(text, 'Call-ID') && each.invite === text)
    if (known !== undefined) return
    if (plan.challenge !== undefined && !isProven(text, plan.challenge)) {
      const { algorithm } = plan.challenge
      const field = `Proxy-Authenticate: Digest realm="hand", nonce="abc", qop="auth", algorithm=${algorithm}`
      return this.#respond(text, null, 407, [field])
    }
    const leg = new HandLeg(header(text, 'Call-ID'), await HandAudio.open())
    leg.invite = text
    leg.local = `${header(text, 'To')};tag=${leg.callId.slice(0, 8)}`
    leg.remote = header(text, 'From')
    leg.contact = /<([^>]+)>/.exec(header(text, 'Contact'))?.[1] ?? ''
    leg.cseq = 100
    this.legs.push(leg)
    this.#respond(text, leg, 100)
    if (plan.rings !== false && plan.early === undefined) this.#respond(text, leg, 180)
    if (plan.early !== undefined) {
      leg.audio.say(plan.early)
      leg.audio.start(bodyOf(text))
      this.#respond(text, leg, 183, [], sdpOf(leg.audio.port))
    }
    await sleep(plan.afterMs ?? 0)
    if (plan.status === undefined || leg.ended) return
    if (plan.status !== 200) {
      leg.ended = true
      leg.audio.close()
      return this.#respond(text, leg, plan.status, plan.status < 400 ? ['Contact: <sip:other@127.0.0.1:9>'] : [])
    }
    leg.answered = true
    if (plan.says !== undefined) leg.audio.repeat(plan.says)
    this.#respond(text, leg, 200, [], sdpOf(leg.audio.port))
    leg.audio.start(bodyOf(text))
    if (plan.hangUpAfterMs === undefined) return
    await sleep(plan.hangUpAfterMs)
    this.hangUp(leg)
  }

  async #referred(leg: HandLeg, text: string): Promise<void> {
    const plan = this.refer
    leg.referTo = header(text, 'Refer-To')
    if (plan.status === undefined) return
    this.#respond(text, leg, plan.status)
    for (const frag of plan.notify ?? []) {
      await sleep(100)
      if (leg.ended) return
      leg.cseq++
      leg.branch = `z9hG4bK${leg.callId}-${leg.cseq}`
      const over = !frag.startsWith('SIP/2.0 1')
      const state = over ? 'terminated;reason=noresource' : 'active;expires=60'
      const lines = [`Event: refer;id=${header(text, 'CSeq').split(' ')[0]}`, `Subscription-State: ${state}`]
      this.#request(leg, 'NOTIFY', `${frag}\r\n`, lines, 'message/sipfrag;version=2.0')
    }
  }
}

function sdpOf(port: number): string {
  return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n`
}

/** RFC 7616, written out once more. */
function isProven(invite: string, want: NonNullable<CalledPlan['challenge']>): boolean {
  const field = header(invite, 'Proxy-Authorization')
  const value = (name: string): string => new RegExp(`${name}="?([^",]*)"?`).exec(field)?.[1] ?? ''
  const h = (text: string): string =>
    createHash(want.algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')
  const a1 = h(`${want.user}:hand:${want.password}`)
  const a2 = h(`INVITE:${value('uri')}`)
  const expected = h(`${a1}:abc:${value('nc')}:${value('cnonce')}:auth:${a2}`)
  return value('username') === want.user && / response="?([0-9a-f]+)/.exec(` ${field}`)?.[1] === expected
}
