import { access, mkdir, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { JobToRun } from '../job.ts'
import { FixedFolders, SIDESTEP_FOLDER } from './fixed-folders.ts'
import type { Image, LayerName } from './image.ts'
import { unpackLayer } from './unpack-layer.ts'

/** Where an image has the Node.js that Sidestep gave it. */
const NODE = `${SIDESTEP_FOLDER}/node`
const HOME = '/root'
const TEMPORARY = '/tmp'

/** A layer, and the file of its bytes. */
export interface LayerFile {
  readonly layer: LayerName
  readonly file: string
}

/** What a job's process is started with. */
export interface ProcessStart {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Absolute, of this machine. */
  readonly workdir: string
}

/**
 * Fills the folder that stands for a job's root: the layers, but for their Node.js, in whose place this process's own is; and its folders,
 * as links.
 *
 * @param root absolute, without links in it; it is made
 */
export async function makeRoot(
  root: string,
  job: JobToRun,
  { workdir }: Image,
  layers: readonly LayerFile[],
): Promise<void> {
  await mkdir(root, { recursive: true })
  const leaveOut = (path: string): boolean => `/${path}/`.startsWith(`${NODE}/`)
  for (const { layer, file } of layers) await unpackLayer(layer, { file, root, leaveOut })
  await mkdir(join(root, NODE, 'bin'), { recursive: true })
  await symlink(process.execPath, join(root, NODE, 'bin', 'node'))
  for (const [path, source] of Object.entries(job.folders)) {
    await access(source)
    const link = join(root, path)
    await mkdir(dirname(link), { recursive: true })
    // As in a container, the folder hides what the image has in its place.
    await rm(link, { recursive: true, force: true })
    await symlink(source, link)
  }
  for (const path of [workdir, HOME, TEMPORARY]) await mkdir(join(root, path), { recursive: true })
}

/** How the process in such a folder is started. Pure. */
export function startIn(root: string, job: JobToRun, image: Image, own: NodeJS.ProcessEnv = process.env): ProcessStart {
  const { workdir, entrypoint, command } = image
  const folders = [SIDESTEP_FOLDER, ...Object.keys(job.folders), ...(workdir === '/' ? [] : [workdir])]
  const places = new FixedFolders(root, folders)
  const [program = '', ...rest] = job.command.length > 0 ? job.command : [...entrypoint, ...(job.words ?? command)]
  const given: Record<string, string> = { HOME: places.place(HOME), TMPDIR: places.place(TEMPORARY) }
  for (const line of image.environment) {
    const at = line.indexOf('=')
    if (at > 0) given[line.slice(0, at)] = places.inText(line.slice(at + 1))
  }
  for (const [name, value] of Object.entries(job.environment)) given[name] = places.inText(value)
  const path = [places.place(`${NODE}/bin`), given['PATH'] ?? '', own['PATH'] ?? '']
  return {
    command: [
      isOtherNode(program) ? process.execPath : places.inText(program),
      ...rest.map((word) => places.inText(word)),
    ],
    environment: { ...given, PATH: path.filter((part) => part !== '').join(':'), SIDESTEP_FS_ROOT: root },
    workdir: places.place(workdir),
  }
}

/** Whether a program is the Node.js of an image's own base, which is not here. */
function isOtherNode(program: string): boolean {
  return /^\/.*\/node(?:js)?$/.test(program) && !program.startsWith(`${SIDESTEP_FOLDER}/`)
}
