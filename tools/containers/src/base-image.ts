import { packTar } from 'modern-tar'

import { exampleBaseAt } from './addresses.ts'
import { BASE_CONFIG, baseEntries } from './base-content.ts'
import { docker } from './docker.ts'
import { lap } from './laps.ts'
import { isPushed, pushImage, tagImage } from './push-image.ts'

/** Makes `reference` and pushes it to `registry`, unless it is there. The examples' name for it is moved, too. */
export async function ensureBaseImage(reference: string, registry: string): Promise<void> {
  if (!(await isPushed(reference))) {
    const archive = await packTar(baseEntries())
    lap('packed the base image')
    await pushImage(reference, { archive, config: BASE_CONFIG })
    lap(`pushed ${reference}`)
  }
  await tagImage(reference, exampleBaseAt(registry))
}

/** Throws unless the user of the image can run its Node.js in a container. */
export async function tryBaseImage(reference: string): Promise<void> {
  const code = 'console.log(process.version, "as", process.getuid())'
  const told = await docker(['run', '--rm', '--network', 'none', reference, 'node', '-e', code], { timeoutMs: 120_000 })
  lap(`a container ran ${told}`)
}
