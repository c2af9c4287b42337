/** Keys and certificates of the cluster, and kubeconfigs that carry them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { API_SERVICE, API_URL, CONTROL, DOMAIN, FOLDER, NODES } from './plan.ts'
import { run } from './run.ts'

export const KEYS = join(FOLDER, 'keys')

interface Certificate {
  readonly file: string
  /** As openssl writes it: `/O=system:nodes/CN=system:node:node1`. */
  readonly subject: string
  readonly names?: readonly string[]
}

const API_NAMES = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.svc.${DOMAIN}`]

const CERTIFICATES: readonly Certificate[] = [
  {
    file: 'apiserver',
    subject: '/CN=kube-apiserver',
    names: [...API_NAMES.map(name => `DNS:${name}`), `IP:${CONTROL.address}`, `IP:${API_SERVICE}`],
  },
  { file: 'admin', subject: '/O=system:masters/CN=admin' },
  { file: 'controller-manager', subject: '/CN=system:kube-controller-manager' },
  { file: 'scheduler', subject: '/CN=system:kube-scheduler' },
  { file: 'proxy', subject: '/CN=system:kube-proxy' },
  ...NODES.map(({ node, address }) => ({
    file: node,
    subject: `/O=system:nodes/CN=system:node:${node}`,
    names: [`DNS:${node}`, `IP:${address}`],
  })),
]

export async function makeKeys(): Promise<void> {
  mkdirSync(KEYS, { recursive: true, mode: 0o700 })
  const at = (name: string): string => join(KEYS, name)
  await makeKey(at('ca.key'))
  const days = ['-days', '365']
  const request = ['req', '-x509', '-new', '-key', at('ca.key'), '-subj', '/CN=test-cluster', ...days]
  await run('openssl', [...request, '-out', at('ca.crt')])
  await Promise.all([makeKey(at('accounts.key')), ...CERTIFICATES.map(makeCertificate)])
  await run('openssl', ['pkey', '-in', at('accounts.key'), '-pubout', '-out', at('accounts.pub')])
  for (const { file } of CERTIFICATES) writeFileSync(kubeconfigOf(file), kubeconfigText(file), { mode: 0o600 })
}

export function kubeconfigOf(who: string): string {
  return join(KEYS, `${who}.kubeconfig`)
}

function makeKey(file: string): Promise<string> {
  const curve = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
  return run('openssl', ['genpkey', ...curve, '-out', file])
}

async function makeCertificate({ file, subject, names }: Certificate): Promise<void> {
  const at = join(KEYS, file)
  await makeKey(`${at}.key`)
  await run('openssl', ['req', '-new', '-key', `${at}.key`, '-subj', subject, '-out', `${at}.csr`])
  const uses = 'extendedKeyUsage=serverAuth,clientAuth\n'
  writeFileSync(`${at}.ext`, `${uses}${names === undefined ? '' : `subjectAltName=${names.join(',')}\n`}`)
  const authority = ['-CA', join(KEYS, 'ca.crt'), '-CAkey', join(KEYS, 'ca.key'), '-set_serial', serialOf(file)]
  const sign = ['x509', '-req', '-in', `${at}.csr`, ...authority, '-days', '365', '-extfile', `${at}.ext`]
  await run('openssl', [...sign, '-out', `${at}.crt`])
}

/** Made at the same time, so no file can count them. */
function serialOf(file: string): string {
  return String(CERTIFICATES.findIndex(certificate => certificate.file === file) + 2)
}

/** With everything in it, so that it can be copied. */
function kubeconfigText(who: string): string {
  const data = (name: string): string => readFileSync(join(KEYS, name)).toString('base64')
  const user = { 'client-certificate-data': data(`${who}.crt`), 'client-key-data': data(`${who}.key`) }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: API_URL, 'certificate-authority-data': data('ca.crt') } }],
    users: [{ name: who, user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: who } }],
    'current-context': 'test',
  })
}
