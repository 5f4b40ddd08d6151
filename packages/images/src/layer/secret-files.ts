/** Names, in small letters, of files that hold secrets, wherever they lie. */
const SECRET_NAMES: readonly RegExp[] = [
  /^\.env/, // also direnv's .envrc
  /\.(?:env|pem|key|p8|p12|pfx|jks|keystore|ppk|kdbx|ovpn|kubeconfig|tfstate|tfvars)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)/,
  /^\.(?:npmrc|yarnrc|yarnrc\.yml|netrc|pypirc|condarc|pgpass|my\.cnf|git-credentials|htpasswd)$/,
  /^\.(?:dockercfg|dockerconfigjson|vault-token|s3cfg|boto|databrickscfg|modal\.toml|terraformrc)$/,
  /^(?:_netrc|kubeconfig|kaggle\.json|terraform\.rc)$/,
  /^\.\w+_history$/, // shells and consoles: what was typed may be a password
  /\.(?:tfstate\.backup|tfvars\.json)$/,
  /^(?:application_default_)?credentials(?:\.(?:json|toml|ya?ml|csv))$/,
  /^(?:service[-_]?account.*|client_secret.*|.*firebase-adminsdk.*)\.json$/, // Google's
  /^secrets\.(?:json|ya?ml|toml|ini)$/,
]

/** Folders of credentials, and Sidestep's own, which holds the inputs, outputs and logs of runs. */
const SECRET_FOLDERS: ReadonlySet<string> = new Set([
  '.aws',
  '.azure',
  '.databricks',
  '.gnupg',
  '.kaggle',
  '.kube',
  '.oci',
  '.pulumi',
  '.secrets',
  '.sidestep',
  '.ssh',
  '.terraform',
])

/** The ends of paths, where the name alone says nothing. */
const SECRET_PATHS: readonly RegExp[] = [
  /(?:^|\/)\.docker\/config\.json$/,
  /(?:^|\/)\.config\/(?:gcloud|gh|rclone|pip)(?:\/|$)/,
  /(?:^|\/)\.pip\/pip\.conf$/,
  /(?:^|\/)\.cargo\/credentials$/,
  /(?:^|\/)(?:\.cache\/)?\.?huggingface\/(?:token|stored_tokens)$/,
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
