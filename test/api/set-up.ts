/** One API server with our CRDs for all API tests; its binaries are built first where they are not there. */
import type { TestProject } from 'vitest/node'
import { type Access, startApiServer } from '#test/apiserver/api-server.ts'
import { helm } from '#test/apiserver/binaries.ts'
import { helmFour } from '#test/apiserver/helm-four.ts'
import { installCrds } from './crds.ts'

declare module 'vitest' {
  interface ProvidedContext {
    access: Access
    /** Path of the binary of Helm 3. */
    helm: string
    /** Path of the binary of Helm 4. */
    helmFour: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const helmPath = await helm()
  const helmFourPath = await helmFour()
  const server = await startApiServer()
  try {
    await installCrds(server)
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('access', server.access)
  project.provide('helm', helmPath)
  project.provide('helmFour', helmFourPath)
  return () => server.stop()
}
