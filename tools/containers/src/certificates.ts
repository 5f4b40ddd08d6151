import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Certificates for two days: `ca.pem`; `server.pem` and `server-key.pem` for an IP address; `cert.pem` and `key.pem` for a
 * client. Needs openssl.
 */
export async function makeCertificates(folder: string, address: string): Promise<void> {
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...newKey, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=tests')
  for (const { name, prefix, extensions } of [
    { name: 'server', prefix: 'server-', extensions: `subjectAltName=IP:${address}\nextendedKeyUsage=serverAuth\n` },
    { name: 'client', prefix: '', extensions: 'extendedKeyUsage=clientAuth\n' },
  ]) {
    await writeFile(join(folder, `${name}.ext`), extensions)
    openssl('req', ...newKey, '-keyout', `${prefix}key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const ca = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2']
    const out = name === 'client' ? 'cert.pem' : `${name}.pem`
    openssl('x509', '-req', '-in', `${name}.csr`, ...ca, '-extfile', `${name}.ext`, '-out', out)
  }
}
