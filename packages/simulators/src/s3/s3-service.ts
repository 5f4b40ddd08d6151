import type { Exchange } from '../ground/exchange.ts'
import type { RequestLine, Service, ServiceError } from '../ground/service.ts'
import type { ObjectStore } from '../objects/object-store.ts'

/** To be described. */
export class S3Service implements Service {
  readonly name = 's3'

  constructor(_objects: ObjectStore) {
    throw new Error('not there yet')
  }

  operationOf(_request: RequestLine): string | undefined {
    throw new Error('not there yet')
  }

  async serve(_exchange: Exchange): Promise<void> {
    throw new Error('not there yet')
  }

  answerError(_exchange: Exchange, _error: ServiceError): void {
    throw new Error('not there yet')
  }

  errorFor(_kind: 'throttle' | 'server-error' | 'expired-token' | 'capacity', _exchange: Exchange): ServiceError {
    throw new Error('not there yet')
  }
}
