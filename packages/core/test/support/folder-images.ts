import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { fingerprint } from '../../src/canonical.ts'
import { SidestepError } from '../../src/errors.ts'
import {
  IMAGE_COMMAND,
  ImageBuilder,
  type BuildImageOptions,
  type BuiltImage,
  type ImagePart,
  type ImageRecipe,
} from '../../src/image/image-builder.ts'
import { BaseStepOperator, type Capabilities } from '../../src/operator/base-step-operator.ts'
import type { LaunchContext } from '../../src/operator/launch-context.ts'
import type { StepRunInfo } from '../../src/operator/step-run-info.ts'

export interface FolderImagesConfig {
  /** An image lies at `<folder>/<digest>/`. */
  readonly folder: string
}

const REPOSITORY = 'folder.test/steps'

/** Makes images that are folders, and counts. */
export class FolderImageBuilder extends ImageBuilder<FolderImagesConfig> {
  static override readonly FLAVOR = 'folders'
  /** Of what the images are built on: another one makes other images. */
  base = 'base 1'
  readonly recipes: ImageRecipe[] = []
  /** What the next builds wait for. */
  gate: Promise<void> = Promise.resolve()
  /** What the next build fails with. */
  failure: Error | undefined

  override async build(recipe: ImageRecipe, { report, signal }: BuildImageOptions): Promise<BuiltImage> {
    this.recipes.push(recipe)
    report(`building on ${this.base}`)
    await Promise.race([this.gate, rejected(signal)])
    const { failure } = this
    this.failure = undefined
    if (failure !== undefined) throw failure
    const { dockerSettings, platform, bundle } = recipe
    const digest = fingerprint({ base: this.base, dockerSettings, platform, bundle: bundle.sha256 })
    const step = join(this.config.folder, digest, IMAGE_COMMAND[1] ?? '')
    await mkdir(dirname(step), { recursive: true })
    await copyFile(bundle.path, step)
    await writeFile(join(this.config.folder, digest, 'platform'), platform)
    return { image: `${REPOSITORY}@sha256:${digest}`, command: IMAGE_COMMAND }
  }

  override async plan({ bundle }: ImageRecipe): Promise<readonly ImagePart[]> {
    const { length: size } = await readFile(bundle.path)
    return [
      { name: 'base', description: this.base },
      { name: 'code', description: 'step.mjs', size },
    ]
  }

  override async environmentKey({ dockerSettings, platform }: ImageRecipe): Promise<string> {
    return fingerprint({ base: this.base, dockerSettings, platform })
  }
}

async function rejected(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted()
  await once(signal, 'abort')
  throw signal.reason
}

/** Runs the command of a step in an image that is a folder, as if that were the root of the file system. */
export class FolderImageOperator extends BaseStepOperator<FolderImagesConfig> {
  static override readonly FLAVOR = 'in_folders'
  override readonly capabilities: Capabilities = {
    image: 'required',
    adopt: false,
    logs: false,
    cancel: false,
    multiNode: false,
    resources: [],
  }
  readonly launched: StepRunInfo[] = []

  override get location(): { readonly cloud: string } {
    return { cloud: 'local' }
  }

  override async imagePlatform(): Promise<string> {
    return 'linux/arm64'
  }

  override async launch(info: StepRunInfo, command: readonly string[], { environment }: LaunchContext): Promise<void> {
    this.launched.push(info)
    const [, step = '', ...rest] = command
    const root = join(this.config.folder, info.image?.split('@sha256:')[1] ?? 'no image')
    const job = spawn(process.execPath, [join(root, step), ...rest], {
      env: { PATH: process.env['PATH'], ...environment },
      cwd: root,
      stdio: 'inherit',
    })
    const [code] = (await once(job, 'exit')) as [number | null]
    if (code !== 0) throw new SidestepError(`the job exited with ${code}`, { code: 'JOB_FAILED', kind: 'step' })
  }
}
