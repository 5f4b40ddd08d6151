#!/usr/bin/env node
import module from 'node:module'

/** The oldest Node that runs TypeScript by itself. */
const OLDEST_NODE = [22, 18] as const
const WRONG_INPUT = 2

// What follows must run on any Node and any system: it is where they are refused.
const refusal = refuse()
if (refusal === undefined) {
  module.enableCompileCache()
  const exitCode = await run(process.argv.slice(2))
  // The user's module may have left timers or connections behind: they do not keep a finished run.
  process.exit(exitCode)
} else {
  process.stderr.write(`sidestep: ${refusal}\n`)
  process.exitCode = WRONG_INPUT
}

async function run(argv: readonly string[]): Promise<number> {
  // The usual first question waits for no command.
  if (argv.length === 1 && ['-V', '--version'].includes(argv[0] ?? '')) {
    const { version } = await import('./version.ts')
    process.stdout.write(`${version()}\n`)
    return 0
  }
  const { main } = await import('./program.ts')
  return main(argv)
}

function refuse(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    return `needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.versions.node}. Install a newer one from https://nodejs.org.`
  }
  if (process.platform === 'win32') {
    return 'runs on Linux and macOS. On Windows it runs through WSL: https://learn.microsoft.com/windows/wsl/install'
  }
  return undefined
}
