import { messageOf } from '@fn/core'
import type { Provider } from '../options.ts'
import { inTurn } from '../runtime/in-turn.ts'
import type { Runtime, RuntimeSession } from '../runtime/runtime.ts'
import type { Port, Reply, Request, StartOptions } from './messages.ts'

/** Does for another thread what a runtime that `start` gives does in this one. */
export function serve<T>(
  start: (provider: Provider, options: StartOptions) => Promise<Runtime<T>>,
  port: Port<Reply, Request>,
): void {
  let runtime: Runtime<T>
  const tensors = new Map<number, T>()
  const sessions = new Map<number, RuntimeSession<T>>()
  const tensorOf = (id: number): T => tensors.get(id)!

  const answer = async (request: Request): Promise<void> => {
    switch (request.ask) {
      case 'start': {
        runtime = inTurn(await start(request.provider, request.options))
        const { rewrites, fuses, channelBlock } = runtime
        return port.send({ reply: request.reply, answer: { rewrites, fuses, channelBlock } })
      }
      case 'tensor': {
        const { tensor, dtype, elements, shape } = request
        tensors.set(tensor, runtime.tensor(dtype, elements, shape))
        return
      }
      case 'free': {
        const tensor = tensorOf(request.tensor)
        tensors.delete(request.tensor)
        // What was written over is known by another number, too.
        if (![...tensors.values()].includes(tensor)) runtime.free(tensor)
        return
      }
      case 'read': {
        const answer = await runtime.read(tensorOf(request.tensor))
        return port.send({ reply: request.reply, answer }, [answer.buffer])
      }
      case 'open': {
        sessions.set(request.session, await runtime.open(request.graph))
        return port.send({ reply: request.reply })
      }
      case 'run': {
        const outputs = request.outputs.map((id) => (id === null ? null : tensorOf(id)))
        const session = sessions.get(request.session)!
        const results = await session.run(request.inputs.map(tensorOf), outputs)
        for (const [at, id] of request.made.entries()) tensors.set(id, results[at]!)
        return port.send({ reply: request.reply })
      }
      case 'profile': {
        const answer = await sessions.get(request.session)!.profile!()
        return port.send({ reply: request.reply, answer })
      }
      case 'close': {
        sessions.get(request.session)!.close()
        sessions.delete(request.session)
        return
      }
    }
  }

  port.receive((request) => {
    answer(request).catch((error) => {
      if ('reply' in request) port.send({ reply: request.reply, error: messageOf(error) })
    })
  })
}
