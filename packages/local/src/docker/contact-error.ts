import { codeOf, messageOf, SidestepError, type FailureKind } from '@sidestep/core'

/** Why a certificate is not believed. */
const NOT_TRUSTED =
  /^(?:UNABLE_TO_(?:VERIFY|GET)_\w+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_\w+|ERR_TLS_CERT_\w+)$/
const CERTIFICATES =
  'certPath, or DOCKER_CERT_PATH with DOCKER_TLS_VERIFY, names the folder of ca.pem, cert.pem and key.pem.'

/** The engine gave no answer, as in an outage. Pure. */
export function noAnswer(error: unknown, host: string): SidestepError {
  return new SidestepError(`the engine ${host} gave no answer: ${messageOf(error)}`, {
    code: 'LAUNCH_FAILED',
    kind: 'infra',
    hint: host.startsWith('ssh:')
      ? `\`ssh ${host.slice('ssh://'.length)} docker version\` has to work without asking anything.`
      : 'Is Docker running, and may you use it? `docker version` tells.',
    cause: error,
  })
}

/** Why the very first request failed: what asking again does not change is told from an outage. Pure. */
export function noContact(error: unknown, host: string): SidestepError {
  const code = codeOf(error) ?? ''
  const text = messageOf(error)
  if (NOT_TRUSTED.test(code)) {
    return refused(`the certificate of the engine ${host} is not trusted: ${text}`, 'config', CERTIFICATES, error)
  }
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER') {
    const hint = 'Without TLS there are no certificates: remove certPath, or DOCKER_TLS_VERIFY.'
    return refused(`the engine ${host} does not speak TLS: ${text.trim()}`, 'config', hint, error)
  }
  if (/^ERR_SSL_TLSV\d+_ALERT|alert (?:bad certificate|certificate required|unknown ca)/iu.test(`${code} ${text}`)) {
    return refused(`the engine ${host} does not take the certificate: ${text.trim()}`, 'auth', CERTIFICATES, error)
  }
  if (code === 'EACCES') {
    const hint = 'Become a member of its group (often `docker`), or let DOCKER_HOST name an engine of your own.'
    return refused(`this user may not use the engine ${host}: ${text}`, 'auth', hint, error)
  }
  const other = noAnswer(error, host)
  if (!/permission denied|host key verification failed/iu.test(text)) return other
  return refused(other.message, 'auth', other.hint, error)
}

/** It answered the very first request with an error: it is no engine, or not spoken to as it wants. Pure. */
export function badGreeting(
  { status, message }: { readonly status: number; readonly message: string },
  host: string,
): SidestepError {
  const wantsTls = /HTTP request to an HTTPS server/iu.test(message)
  return refused(
    wantsTls ? `the engine ${host} wants TLS` : `${host} does not answer as a Docker engine: ${message}`,
    status >= 500 ? 'infra' : 'config',
    wantsTls ? CERTIFICATES : 'Write unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host.',
  )
}

function refused(message: string, kind: FailureKind, hint: string | undefined, cause?: unknown): SidestepError {
  return new SidestepError(message, {
    code: kind === 'config' ? 'CONFIG_INVALID' : 'LAUNCH_FAILED',
    kind,
    ...(hint === undefined ? {} : { hint }),
    cause,
  })
}
