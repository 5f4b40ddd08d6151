import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'

import { nodeBaseAt } from './addresses.ts'
import { ensureBaseImage, tryBaseImage } from './base-image.ts'
import { ensureEngine, unmountAll } from './engine.ts'
import { lap } from './laps.ts'
import { NotHere } from './not-here.ts'
import { cannotInstall, install, missingPrograms } from './programs.ts'
import { quoted } from './quoted.ts'
import { ensureRegistry } from './registry.ts'
import { stopServices } from './service.ts'
import { prepareState, readSettings } from './settings.ts'

const USAGE = `usage: pnpm containers start [package…] | stop

start  brings up what tests with containers need: a Docker engine, a registry, and in it an image with Node.js. What
       answers already is used. As root on Debian it installs what is missing, and the packages that are named.
       Prints shell code that sets the variables which the tests read; the rest goes to the standard error.
stop   ends what start started, and removes its data.

SIDESTEP_CONTAINERS_STATE  the folder for logs and data (default: sidestep-containers-UID in the temporary folder)
SIDESTEP_TEST_REGISTRY     where the registry is, or comes up (default: 127.0.0.1:5000)
DOCKER_HOST                where the engine is, or comes up (default: unix:///var/run/docker.sock)

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 containers cannot run on this machine (the reason is printed).
`

async function start(packages: readonly string[]): Promise<void> {
  const settings = readSettings()
  await prepareState(settings)
  const why = cannotInstall()
  if (why === undefined) await install(packages)
  else if (packages.length > 0) throw new NotHere(`${packages.join(' ')} cannot be installed: ${why}`)
  const host = await ensureEngine(settings)
  if (host !== undefined) process.env['DOCKER_HOST'] = host
  const registry = await ensureRegistry(settings)
  const base = nodeBaseAt(registry)
  await ensureBaseImage(base, registry)
  await tryBaseImage(base)
  process.stdout.write(`export SIDESTEP_TEST_REGISTRY=${quoted(registry)}\n`)
  if (host !== undefined) process.stdout.write(`export DOCKER_HOST=${quoted(host)}\n`)
  const missing = missingPrograms()
  if (missing.length === 0) process.stdout.write('export SIDESTEP_CONTAINERS=required\n')
  else process.stderr.write(`tests that need ${missing.join(' or ')} will be skipped: ${why}\n`)
}

async function stop(): Promise<void> {
  const settings = readSettings()
  if (!existsSync(settings.state)) return
  await prepareState(settings)
  await stopServices(settings.state)
  await unmountAll(settings.state)
  await rm(settings.state, { recursive: true })
  lap(`removed ${settings.state}`)
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { help: { type: 'boolean' } }, allowPositionals: true })
  const [command, ...rest] = positionals
  if (values.help === true) {
    process.stdout.write(USAGE)
    return 0
  }
  try {
    if (command === 'start') await start(rest)
    else if (command === 'stop' && rest.length === 0) await stop()
    else {
      process.stderr.write(USAGE)
      return 2
    }
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return error instanceof NotHere ? 3 : 1
  }
}

process.exitCode = await main()
