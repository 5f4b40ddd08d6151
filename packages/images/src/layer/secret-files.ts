/** Names, in small letters, of files that hold secrets, wherever they lie. */
const SECRET_NAMES: readonly RegExp[] = [
  /^\.env/, // also direnv's .envrc
  /\.(?:env|pem|key|p12|pfx|jks|keystore|ppk|kdbx|tfstate)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)/,
  /^\.(?:npmrc|netrc|pypirc|pgpass|git-credentials|dockercfg|htpasswd|vault-token)$/,
  /^_netrc$/,
  /\.tfstate\.backup$/,
  /^application_default_credentials\.json$/,
]

/** Folders of credentials, and Sidestep's own, which holds the inputs, outputs and logs of runs. */
const SECRET_FOLDERS: ReadonlySet<string> = new Set([
  '.aws',
  '.azure',
  '.gnupg',
  '.kube',
  '.sidestep',
  '.ssh',
  '.terraform',
])

/** The ends of paths, where the name alone says nothing. */
const SECRET_PATHS: readonly RegExp[] = [
  /(?:^|\/)\.docker\/config\.json$/,
  /(?:^|\/)\.config\/gcloud(?:\/|$)/,
  /(?:^|\/)\.git\/config$/, // holds the token of a clone by HTTPS
]

/**
 * Whether a path of the project is one that no layer gets: everybody who may pull an image reads its layers, and they
 * stay in the registry after the file is gone. By the name alone, whatever the case.
 */
export function isSecretPath(path: string): boolean {
  const small = path.toLowerCase()
  return (
    SECRET_PATHS.some((pattern) => pattern.test(small)) ||
    small.split('/').some((name) => SECRET_FOLDERS.has(name) || SECRET_NAMES.some((pattern) => pattern.test(name)))
  )
}
