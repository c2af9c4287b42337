/** One API server with our CRDs for all API tests; its binaries are built first where they are not there. */
import type { TestProject } from 'vitest/node'
import { type Access, startApiServer } from '#test/apiserver/api-server.ts'
import { helm } from '#test/apiserver/binaries.ts'
import { installCrds } from './crds.ts'

declare module 'vitest' {
  interface ProvidedContext {
    access: Access
    /** Path of the binary. */
    helm: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const helmPath = await helm()
  const server = await startApiServer()
  try {
    await installCrds(server)
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('access', server.access)
  project.provide('helm', helmPath)
  return () => server.stop()
}
