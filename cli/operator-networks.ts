/** Networks as flags of the operator. A mistyped one would be left out of every policy, and nobody would see it. */
import { InvalidArgumentError } from 'commander'
import { faultOfCidr } from '#crds/cidr.ts'

export function networksFlag(value: string, before: readonly string[] = []): string[] {
  const fault = faultOfCidr(value)
  if (fault !== null) throw new InvalidArgumentError(`${JSON.stringify(value)} ${fault}`)
  return [...before, value]
}

/** What is left out of other networks: of all there are there would be nothing left, and of nothing it can be left out. */
export function deniedFlag(value: string, before: readonly string[] = []): string[] {
  if (value.endsWith('/0'))
    throw new InvalidArgumentError(
      `${JSON.stringify(value)} is every address, and would deny nothing: name the networks of nodes, pods and the API server`,
    )
  return networksFlag(value, before)
}
