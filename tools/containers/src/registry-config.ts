/** What a registry of ours differs in. */
export interface RegistryConfig {
  /** Where it listens: `127.0.0.1:5000`. */
  readonly host: string
  /** Where its blobs lie. */
  readonly folder: string
  /** Whether it writes a line for each request. */
  readonly log: boolean
  /** The htpasswd file of its users. Default: anyone may do anything. */
  readonly passwords?: string
}

/** The text of docker-registry's configuration. JSON is YAML. */
export function registryConfig({ host, folder, log, passwords }: RegistryConfig): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: !log } },
    storage: { filesystem: { rootdirectory: folder }, delete: { enabled: true } },
    http: { addr: host, secret: 'test' },
    ...(passwords !== undefined && { auth: { htpasswd: { realm: 'test', path: passwords } } }),
  })
}
