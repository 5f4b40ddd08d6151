import { readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import {
  codeOf,
  COMPONENT_TYPES,
  messageOf,
  type FlavorRegistry,
  type KnownIntegration,
  type Project,
  type SidestepError,
} from '@sidestep/core/project'
import type { Check, Outcome } from '../check.ts'
import { problemOf } from '../run-checks.ts'

const CORE = '@sidestep/core'

/** Steps are registered with the project's core and run by the CLI's: they must understand each other. */
export const coreCheck: Check = {
  name: CORE,
  tried: "the project's copy and the CLI's",
  needs: ['project'],
  run: ({ project }) => {
    const ours = coreFrom(import.meta.url)
    const theirs = coreFrom(join(project.folder, 'package.json'))
    if (ours === undefined)
      return [{ state: 'problem', found: 'the CLI does not find its own', hint: 'Install it again.' }]
    if (theirs === undefined) {
      return [
        {
          state: 'warning',
          found: `${project.folder} has none, so its pipelines cannot import it`,
          hint: `npm install ${CORE}@^${ours.version}`,
        },
      ]
    }
    if (theirs.folder === ours.folder) return [{ state: 'ok', found: `one copy, ${ours.version}` }]
    if (theirs.version === ours.version) return [{ state: 'ok', found: `two copies, both ${ours.version}` }]
    return [
      {
        state: 'warning',
        found: `the project has ${theirs.version} (${theirs.folder}), the CLI ${ours.version} (${ours.folder})`,
        hint: `Use one version of all packages of Sidestep, with the CLI among them: npm install @sidestep/cli@${theirs.version}`,
      },
    ]
  },
}

/** Their descriptors are imported; no SDK is. */
export const integrationsCheck: Check = {
  name: 'integrations',
  tried: 'importing what package.json names',
  needs: ['project'],
  run: async ({ project }) => {
    const integrations = (await project.registry()).integrations()
    const damaged = integrations.flatMap(({ name, problem }) => (problem === undefined ? [] : [damage(name, problem)]))
    const installed = integrations.filter(({ state }) => state === 'installed')
    if (installed.length > 0) return [{ state: 'ok', found: namesOf(installed) }, ...damaged]
    return [{ state: 'warning', found: 'none is installed', hint: 'npm install @sidestep/local' }, ...damaged]
  },
}

/** Those that sidestep.yaml names by their source, and whether those of its components are there. */
export const flavorsCheck: Check = {
  name: 'flavors',
  tried: 'importing those that sidestep.yaml registers, and looking for those of its components',
  needs: ['project'],
  run: async ({ project }) => {
    const registry = await project.registry()
    const registered = registry.list().filter(({ integration }) => integration === undefined)
    const missing = await missingFlavors(project, registry)
    if (registered.length === 0 && missing.length === 0) return [{ state: 'ok', found: 'there is none to import' }]
    const outcomes: Outcome[] = missing
    for (const { type, flavor, source } of registered) {
      const what = `${type}.${flavor}, ${source}`
      try {
        await registry.get(type, flavor)
        outcomes.push({ state: 'ok', found: what })
      } catch (error) {
        outcomes.push({ ...problemOf(error), found: `${what}: ${messageOf(error)}` })
      }
    }
    return outcomes
  },
}

/** Of components, also where no stack uses them yet. */
async function missingFlavors(project: Project, registry: FlavorRegistry): Promise<Outcome[]> {
  const file = await project.file()
  const outcomes: Outcome[] = []
  for (const type of COMPONENT_TYPES) {
    // One that is damaged is told by the check of what brings it.
    const there = registry.list(type).filter(({ state }) => state === 'installed' || state === 'damaged')
    const known = new Set(there.map(({ flavor }) => flavor))
    for (const [name, { flavor }] of Object.entries(file?.components[type] ?? {})) {
      if (known.has(flavor)) continue
      const place = file?.place(['components', type, name]) ?? name
      try {
        await registry.get(type, flavor)
      } catch (error) {
        outcomes.push({ ...problemOf(error), found: `${place}: ${messageOf(error)}` })
      }
    }
  }
  return outcomes
}

function namesOf(integrations: readonly KnownIntegration[]): string {
  return integrations.map(({ name, version = '' }) => `${name} ${version}`.trim()).join(', ')
}

function damage(what: string, { message, hint }: SidestepError): Outcome {
  return { state: 'problem', found: `${what}: ${message}`, ...(hint === undefined ? {} : { hint }) }
}

function coreFrom(place: string): { readonly folder: string; readonly version: string } | undefined {
  try {
    const path = realpathSync(createRequire(place).resolve(`${CORE}/package.json`))
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }
    return { folder: dirname(path), version }
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
