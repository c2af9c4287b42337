/** A pod of a tenant's own that answers HTTP and notes whoever asks: a tool, a neighbour, a forgery. */

const NOTES = `
const { createServer } = require('node:http')
const note = what => console.log('asked', what)
const answer = (request, response) => {
  note(request.method + ' ' + request.url + ' ' + (request.headers.authorization ?? ''))
  response.end('{}')
}
for (const port of [8080, 9000]) createServer(answer).listen(port)
const socket = require('node:dgram').createSocket('udp4')
socket.on('message', () => note('over SIP')).bind(5060)
process.on('SIGTERM', () => process.exit(0))
`

/** @param metadata labels, annotations, owners */
export function serverPod(image: string, namespace: string, name: string, metadata: object): object {
  const container = {
    name: 'worker',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', NOTES],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name, namespace },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container],
    },
  }
}
