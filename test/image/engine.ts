/** What builds an image and runs it: docker where a daemon answers, else buildah, which needs none. */
import { execFileSync, spawnSync } from 'node:child_process'
import type { Child } from '#test/phones/process.ts'

export interface Engine {
  readonly name: string
  /** Brings the base from its registry. false: it cannot be had. */
  pull(base: string): boolean
  /** Makes an image of a folder: a base of our own. */
  importBase(folder: string, tag: string): void
  /** Builds the Dockerfile of the working directory. Its output goes to ours. */
  build(base: string, tag: string): void
  /** Bytes of the image and of its base. */
  sizes(base: string, tag: string): { readonly image: number; readonly base: number }
  /** Runs the image's entry point as it would be run in production, on this machine's network. */
  run(tag: string, args: readonly string[]): Child
  /** Says SIGTERM to what runs in it. */
  terminate(child: Child): void
  /** Where the image is now, for a person. */
  keep(tag: string): string
  /** Frees what the build used. Idempotent. */
  close(): void
}

/** What a base of our own has to say, whatever it is made with. */
export const BASE_ENV = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
} as const

export function has(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0
}

export function works(command: string, args: readonly string[], seconds = 20): boolean {
  return spawnSync(command, [...args], { stdio: 'ignore', timeout: seconds * 1000 }).status === 0
}

/** Output of a command that must succeed. */
export function output(command: string, args: readonly string[]): string {
  return execFileSync(command, [...args], { encoding: 'utf8', maxBuffer: 2 ** 26 }).trim()
}

/** Runs a command whose output a person may want to watch. */
export function show(command: string, args: readonly string[]): void {
  execFileSync(command, [...args], { stdio: ['ignore', 'inherit', 'inherit'] })
}
