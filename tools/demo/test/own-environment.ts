/** Variables that would change what a command does, or say that it runs in a test. NODE_OPTIONS says whether it runs what was built. */
const LEFT_OUT = /^(?:AWS_|SIDESTEP_|VITEST|NODE_ENV$|TEST$)/

/** The environment of this process, for a command as a person would start it: npm needs its proxies and certificates. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !LEFT_OUT.test(name)))
}
