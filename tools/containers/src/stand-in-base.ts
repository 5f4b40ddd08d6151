import { pushImage } from './push-image.ts'

/** The end of an archive: all that is in this one. */
const EMPTY_ARCHIVE = Buffer.alloc(1024)

/**
 * Pushes what stands for an official image of Node.js where simulated jobs are processes, to a registry that speaks plain HTTP: it says what
 * those say, and has no files. Such a job unpacks only what Sidestep puts on its base, and gets the Node.js of this machine; no container
 * could run it. Returns its reference.
 */
export async function pushStandInBase(host: string): Promise<string> {
  const reference = `${host}/stand-in/node:24`
  const config = { Env: [`NODE_VERSION=${process.versions.node}`, 'PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['node'] }
  await pushImage(reference, { archive: EMPTY_ARCHIVE, config })
  return reference
}
