/** `switchboard worker` as a pod runs it: a process with its volume, its mounted Secrets and keys, started again as a kubelet would. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { type Child, freePort, sleep, start } from '#test/phones/process.ts'
import { claimRtpBlock } from './rtp-block.ts'

export const POD = { uid: '6c1e7a4e-0000-4000-8000-0000000000a1', name: 'reception-1-x7k2p', address: '127.0.0.1' }

/** A key pair of a signer, ours or not. */
export class Signing {
  readonly kid: string
  readonly #pair: Awaited<ReturnType<typeof generateKeyPair>>

  private constructor(kid: string, pair: Awaited<ReturnType<typeof generateKeyPair>>) {
    this.kid = kid
    this.#pair = pair
  }

  static async make(kid: string): Promise<Signing> {
    return new Signing(kid, await generateKeyPair('EdDSA', { extractable: true }))
  }

  async jwk(): Promise<object> {
    return { ...(await exportJWK(this.#pair.publicKey)), kid: this.kid, use: 'sig', alg: 'EdDSA' }
  }

  /** A token as the contract describes it, with what a test wants different. */
  token(verb: string, change: JWTPayload = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: 'switchboard-operator', aud: `pod/${POD.uid}/${verb}`, iat: now, exp: now + 120, ...change }
    const header = { alg: 'EdDSA', typ: 'switchboard-pod+jwt', kid: this.kid }
    return new SignJWT(claims).setProtectedHeader(header).sign(this.#pair.privateKey)
  }
}

export class Pod {
  readonly folder = mkdtempSync(join(tmpdir(), 'pod-'))
  readonly sipPort: number
  readonly httpPort: number
  readonly #rtp: Awaited<ReturnType<typeof claimRtpBlock>>
  #child: Child | null = null

  private constructor(sipPort: number, httpPort: number, rtp: Awaited<ReturnType<typeof claimRtpBlock>>) {
    this.sipPort = sipPort
    this.httpPort = httpPort
    this.#rtp = rtp
  }

  /** Its volumes and addresses; nothing runs yet. */
  static async make(signers: readonly Signing[]): Promise<Pod> {
    const pod = new Pod(await freePort(), await freePort(), await claimRtpBlock())
    await pod.mountKeys(signers)
    return pod
  }

  get process(): Child {
    if (!this.#child) throw new Error('the container does not run')
    return this.#child
  }

  get db(): string {
    return join(this.folder, 'calls.db')
  }

  async mountKeys(signers: readonly Signing[]): Promise<void> {
    writeFileSync(
      join(this.folder, 'jwks.json'),
      JSON.stringify({ keys: await Promise.all(signers.map(s => s.jwk())) }),
    )
  }

  /** Null: the Secret is deleted. */
  mountSecret(value: string | null): void {
    const directory = join(this.folder, 'credentials', 'openai')
    mkdirSync(directory, { recursive: true })
    if (value === null) rmSync(directory, { recursive: true })
    else writeFileSync(join(directory, 'apiKey'), value)
  }

  /** Starts the container, and waits until it is ready. */
  async run(...more: readonly string[]): Promise<void> {
    const flags = {
      '--sip-host': '127.0.0.1',
      '--sip-port': String(this.sipPort),
      '--rtp-ports': `${this.#rtp.from}-${this.#rtp.to}`,
      '--http-port': String(this.httpPort),
      '--db': this.db,
      '--state': join(this.folder, 'state'),
      '--credentials': join(this.folder, 'credentials'),
      '--token-keys': join(this.folder, 'jwks.json'),
    }
    const env = { ...process.env, POD_NAME: POD.name, POD_UID: POD.uid }
    const child = start(process.execPath, ['cli/main.ts', 'worker', ...Object.entries(flags).flat(), ...more], { env })
    this.#child = child
    await child.waitFor(/ready for revisions/, 60_000)
  }

  /** As the kernel does when memory is short: no goodbye. */
  async kill(): Promise<void> {
    this.process.signal('SIGKILL')
    await this.process.exited
  }

  async ask(method: string, path: string, token?: string, body?: unknown): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.httpPort}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }

  async close(): Promise<void> {
    if (this.#child) {
      this.#child.signal('SIGTERM')
      await sleep(100)
      await this.#child.stop(4000)
    }
    this.#rtp.release()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
