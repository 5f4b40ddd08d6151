import { setTimeout as sleep } from 'node:timers/promises'

import { median } from '../report.ts'
import { runProgram } from './run-program.ts'

/** One that takes part. */
export interface Contestant {
  readonly name: string
  /** What is not measured, before each round. */
  prepare?(version: string): Promise<void>
  /** What is measured, but for the first round. Gives the image that it pushed. */
  run(version: string, round: number): Promise<string>
}

/** What a contest has shown, by the names of the contestants. */
export interface Standings {
  /** Median of the rounds, in milliseconds. */
  readonly ms: ReadonlyMap<string, number>
  /** Those of the last round. */
  readonly images: ReadonlyMap<string, string>
  /** What the images of the last round hold. */
  readonly version: string
}

export const ROUNDS = 5

/**
 * Lets each do the same in turn: one round that is not measured, then five, each with another version. What was written
 * before is on the disk when one begins.
 */
export async function contest(name: string, contestants: readonly Contestant[]): Promise<Standings> {
  const times = new Map<string, number[]>(contestants.map((it) => [it.name, []]))
  const images = new Map<string, string>()
  let version = ''
  for (let round = 0; round <= ROUNDS; round += 1) {
    version = `version-${name}-${round}-${Date.now().toString(36)}-`
    for (const contestant of contestants) {
      await contestant.prepare?.(version)
      await runProgram('sync', [], { cwd: '/' })
      await sleep(50)
      const began = performance.now()
      images.set(contestant.name, await contestant.run(version, round))
      if (round > 0) times.get(contestant.name)?.push(performance.now() - began)
    }
  }
  return { ms: new Map([...times].map(([it, all]) => [it, median(all)])), images, version }
}

/** Runs the images as they lie in the registry: each has to print the last version. */
export async function verifyImages(docker: string, { images, version }: Standings): Promise<void> {
  for (const [name, image] of images) {
    const run = ['run', '--rm', '--pull', 'always', '--network', 'none', image, 'node', '/opt/sidestep/step.mjs']
    const { stdout } = await runProgram(docker, [...run, '--list-steps'], { cwd: '/' })
    await runProgram(docker, ['rmi', '--force', image], { cwd: '/' })
    if (!stdout.includes(version))
      throw new Error(`the image of ${name}, ${image}, does not print ${version}:\n${stdout}`)
  }
}
