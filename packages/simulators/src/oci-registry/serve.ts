import { neededAccess } from './access.ts'
import { blob } from './blobs.ts'
import { DistributionError } from './distribution-error.ts'
import type { Exchange } from './exchange.ts'
import type { RegistryGate } from './gate.ts'
import { referrers, tags } from './listings.ts'
import { manifest } from './manifests.ts'
import type { Registry } from './registry.ts'
import { parseRoute, type Route } from './route.ts'
import { beginUpload, continueUpload } from './uploads.ts'

const METHODS: Readonly<Record<Route['kind'], readonly string[]>> = {
  base: ['GET', 'HEAD'],
  manifest: ['GET', 'HEAD', 'PUT', 'DELETE'],
  blob: ['GET', 'HEAD', 'DELETE'],
  uploads: ['POST'],
  upload: ['GET', 'PATCH', 'PUT', 'DELETE'],
  tags: ['GET', 'HEAD'],
  referrers: ['GET', 'HEAD'],
}

/** Answers a request to a registry, or throws a `DistributionError` that is the answer. Without a gate, everybody may do all. */
export async function serve(registry: Registry, exchange: Exchange, gate: RegistryGate | undefined): Promise<void> {
  if (gate?.serve !== undefined && exchange.url.pathname === '/token') {
    await gate.serve(exchange)
    return
  }
  const route = parseRoute(exchange.url.pathname)
  if (route === undefined) throw new DistributionError(404, 'UNSUPPORTED', 'no path of the distribution API')
  const methods = METHODS[route.kind]
  if (!methods.includes(exchange.method)) {
    const allow = { Allow: methods.join(', ') }
    throw new DistributionError(405, 'UNSUPPORTED', `${exchange.method} is not possible here`, allow)
  }
  gate?.check(exchange, neededAccess(route, exchange))
  await answer(route, registry, exchange)
}

async function answer(route: Route, registry: Registry, exchange: Exchange): Promise<void> {
  switch (route.kind) {
    case 'base':
      exchange.sendJson(200, {})
      break
    case 'manifest':
      await manifest(registry, exchange, route.repository, route.reference)
      break
    case 'blob':
      await blob(registry, exchange, route.repository, route.digest)
      break
    case 'uploads':
      await beginUpload(registry, exchange, route.repository)
      break
    case 'upload':
      await continueUpload(registry, exchange, route.repository, route.id)
      break
    case 'tags':
      tags(registry, exchange, route.repository)
      break
    case 'referrers':
      referrers(registry, exchange, route.repository, route.digest)
      break
  }
}
