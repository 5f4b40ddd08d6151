import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { configError, findProjectFile, PROJECT_FILE } from '@sidestep/core/project'
import { Answer, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { refreshEditorSchema } from '../project/refresh-editor-schema.ts'
import { version } from '../version.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import { shellWord } from '../view/shell-word.ts'
import type { InitChoices } from './init-choices.ts'
import { installPackages, packageManagerOf } from './install-packages.ts'
import { manifestOf, completeManifest, type Manifest } from './package-manifest.ts'
import { checkPackageName, packageNameFrom } from './package-name.ts'
import { checkPipelineFile, defaultPipelineFile, findPipelineFile } from './pipeline-path.ts'
import { ignoreLines, PIPELINE, PROJECT_YAML, tsconfigText } from './project-texts.ts'
import { writeProject, type PlannedFile, type WrittenFile } from './write-project.ts'

export interface InitOptions extends AnswerOptions {
  readonly name?: string
  readonly pipeline?: string
  readonly yes: boolean
  readonly install?: boolean
}

/** `sidestep init`. */
export async function initCommand(at: string | undefined, options: InitOptions): Promise<ExitCode> {
  const answer = new Answer(options)
  try {
    const folder = resolve(at ?? '.')
    const manifest = readManifest(folder)
    const given = givenChoices(folder, manifest, options)
    if (options.name !== undefined && options.name !== given.name) {
      answer.note([`package.json names the package ${sanitizeLine(given.name)}: that stays, and --name is not used`])
    }
    const above = projectAbove(folder)
    const named = manifest?.name === undefined ? options : { ...options, name: manifest.name }
    const choices = await choose(given, named, answer)
    if (choices === undefined) {
      answer.note(['nothing was written'])
      return EXIT.interrupted
    }
    checkPipeline(folder, choices.pipeline, manifest)
    if (above !== undefined) answer.note([shadowing(folder, above)])
    const files = writeProject(folder, plannedFiles(choices, manifest))
    const installed = choices.install && (await installPackages(folder, answer))
    await refreshEditorSchema(openCliProject({ cwd: folder }), answer)
    if (answer.isJson) answer.json({ folder, ...choices, installed, files })
    else answer.print([...report(folder, files), '', ...nextLines(folder, choices.pipeline, installed)])
    return choices.install && !installed ? EXIT.failed : EXIT.success
  } catch (error) {
    return answer.failed(error)
  }
}

/** What the options say, and what is taken where they say nothing. */
function givenChoices(folder: string, manifest: Manifest | undefined, options: InitOptions): InitChoices {
  if (options.name !== undefined) checkPackageName(options.name)
  // In a project that is there already, nobody asks for a second pipeline.
  const found = options.pipeline === undefined && existsSync(join(folder, PROJECT_FILE)) && findPipelineFile(folder)
  const pipeline = options.pipeline ?? (found || defaultPipelineFile(manifest?.type))
  checkPipeline(folder, pipeline, manifest)
  return {
    name: manifest?.name ?? options.name ?? packageNameFrom(basename(folder)),
    pipeline,
    install: options.install ?? false,
  }
}

/** One that is there already is left as it is: it may be anything that runs. */
function checkPipeline(folder: string, pipeline: string, manifest: Manifest | undefined): void {
  checkPipelineFile(pipeline, existsSync(join(folder, pipeline)) ? undefined : manifest?.type)
}

async function choose(given: InitChoices, options: InitOptions, answer: Answer): Promise<InitChoices | undefined> {
  if (options.yes) return given
  if (process.stdin.isTTY && process.stdout.isTTY && !answer.isJson) {
    const { askFor } = await import('./ask.ts')
    return askFor(given, { name: options.name, pipeline: options.pipeline, install: options.install })
  }
  answer.note([
    `there is no terminal to ask on: the package is ${given.name}, the pipeline ${given.pipeline}, and packages are ${given.install ? 'installed' : 'not installed'} (see sidestep init --help)`,
  ])
  return given
}

function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, 'package.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return undefined
    if (code === 'ENOTDIR') {
      throw configError(
        'CONFIG_INVALID',
        `${folder} is not a folder`,
        'Name another one, or one that does not exist yet.',
      )
    }
    throw configError('CONFIG_INVALID', `${path} cannot be read`, 'See whose file it is.', error)
  }
  return manifestOf(text, path)
}

function plannedFiles({ name, pipeline }: InitChoices, manifest: Manifest | undefined): readonly PlannedFile[] {
  return [
    { path: 'package.json', text: (before) => completeManifest(before, { name, version: version(), manifest }) },
    { path: 'tsconfig.json', text: (before) => before ?? tsconfigText(pipeline) },
    { path: pipeline, text: (before) => before ?? PIPELINE },
    { path: PROJECT_FILE, text: (before) => before ?? PROJECT_YAML },
    { path: '.gitignore', text: ignoreLines },
  ]
}

/** The sidestep.yaml of a folder above, which is the project's until it has one of its own. */
function projectAbove(folder: string): string | undefined {
  const path = findProjectFile(folder)
  return path === undefined || dirname(path) === folder ? undefined : path
}

function shadowing(folder: string, above: string): string {
  const own = sanitizeLine(join(folder, PROJECT_FILE))
  return `warning: below ${sanitizeLine(folder)}, ${own} now comes before ${sanitizeLine(above)}, whose stacks and components are not seen there; delete it to go on with those`
}

const SAID: Readonly<Record<WrittenFile['action'], string>> = {
  written: 'wrote',
  changed: 'added to',
  left: 'left as it is',
}

function report(folder: string, files: readonly WrittenFile[]): readonly string[] {
  const width = Math.max(...Object.values(SAID).map((it) => it.length))
  return [
    `a project in ${sanitizeLine(folder)}`,
    ...files.map(({ path, action }) => `  ${SAID[action].padEnd(width)}  ${path}`),
  ]
}

function nextLines(folder: string, pipeline: string, installed: boolean): readonly string[] {
  const path = relative(process.cwd(), folder)
  const commands = [
    ...(path === '' ? [] : [`cd ${shellWord(path.startsWith('-') ? `./${path}` : path)}`]),
    ...(installed ? [] : [`${packageManagerOf(folder)} install`]),
    `npx sidestep run ${shellWord(pipeline)}`,
    'npx sidestep stack validate',
  ]
  return ['Next:', ...commands.map((it) => `  $ ${sanitizeLine(it)}`)]
}
