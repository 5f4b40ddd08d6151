import { baseTag } from './base-content.ts'

/** The registry of the tests: `127.0.0.1:5000`, or what `SIDESTEP_TEST_REGISTRY` says. It takes plain HTTP, and asks for no login. */
export const REGISTRY: string = process.env['SIDESTEP_TEST_REGISTRY'] ?? '127.0.0.1:5000'

const NAME = 'base/node24'
const TAG = baseTag()

/** In the registry of the tests: an image with Node.js, its libraries and the machine's certificates, and nothing else. */
export const NODE_BASE: string = nodeBaseAt(REGISTRY)

/** The reference of that image in some registry. */
export function nodeBaseAt(registry: string): string {
  return `${registry}/${NAME}:${TAG}`
}

/** The same image, by a name that examples can spell: whoever starts last moves it. */
export function exampleBaseAt(registry: string): string {
  return `${registry}/${NAME}:1`
}
