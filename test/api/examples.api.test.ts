import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadManifests } from '#cli/validate-load.ts'
import { type ApiServer, startApiServer } from '#test/apiserver/api-server.ts'
import { installCrds } from './crds.ts'

const folders = readdirSync('examples', { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => `examples/${entry.name}`)

describe.each(folders)('%s', folder => {
  // A server of its own, so that the namespaces of an example are not there before it.
  let server: ApiServer
  beforeAll(async () => {
    server = await startApiServer()
    await installCrds(server)
  })
  afterAll(() => server.stop())

  async function apply(...flags: readonly string[]): Promise<string[]> {
    const said = await server.kubectl(['apply', '--validate=strict', ...flags, '-f', folder])
    expect({ code: said.code, err: said.err }).toEqual({ code: 0, err: '' })
    return said.out.trimEnd().split('\n')
  }

  it('applies as it stands, and is what validate read', async () => {
    const { sources, problems } = await loadManifests(folder)
    expect(problems).toEqual([])
    const made = await apply()
    expect(made.filter(line => !line.endsWith(' created'))).toEqual([])
    // Of roles it knows nothing, and says nothing.
    expect(made.filter(line => !line.includes('.rbac.authorization.k8s.io/')).length).toBe(sources.size)
    const again = await apply()
    expect(again.filter(line => line.endsWith(' unchanged')).length).toBe(made.length)
  })

  const generations = async (): Promise<string> =>
    (
      await server.kubectl([
        'get',
        'switchboard',
        '-A',
        '-o',
        'jsonpath={range .items[*]}{.metadata.name} {.metadata.generation}{end}',
      ])
    ).out

  it('other ways to apply it follow one another, and change nothing', async () => {
    await apply()
    const before = await generations()
    // kubectl takes over what it applied from the client; then a GitOps tool does.
    for (const manager of ['kubectl', 'kubectl', 'argocd-controller', 'argocd-controller']) {
      await apply('--server-side', '--force-conflicts', `--field-manager=${manager}`)
    }
    await apply()
    expect(await generations()).toBe(before)
  })
})
