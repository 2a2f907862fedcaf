import type { Attributes, DeviceTensor, HostArray, OpName, Value } from '@fn/core'
import { changed, type Fault, fitted, forced, wrongOp, wrongRun, wrongTimes } from './faulty.ts'

interface SeededFault {
  readonly fault: Fault
  /** The checks whose names say what is wrong: each of them fails. */
  readonly caughtBy: readonly [string, ...string[]]
  /** Checks next to these that pass all the same: it is the fault that is found, and not that something is wrong. */
  readonly passes?: readonly string[]
}

type Call<Op extends OpName> = Parameters<Parameters<typeof wrongOp<Op>>[1]>[0]

const conv = ({ b, inputs: [x, kernel] }: Call<'conv'>, attrs: Attributes['conv']): Value =>
  b.conv(x!, kernel!, attrs)

const padding = ({ attrs, type }: Call<'conv'>, at: 0 | 1): number[] =>
  type.shape.map((_, axis) => attrs.padding[axis - 1]?.[at] ?? 0)

const tensorsBy = <T>(): Map<DeviceTensor, T> => new Map()

/** Kernels that compute something else. */
const wrongKernels: Readonly<Record<string, SeededFault>> = {
  'the gradient of a convolution into its input has the wrong sign': {
    fault: wrongOp('convTranspose', ({ b, inputs: [y, kernel], attrs }) =>
      b.neg(b.convTranspose(y!, kernel!, attrs)),
    ),
    caughtBy: ['slope of conv: 2-D valid', 'convTranspose: 2-D valid'],
    passes: ['conv: 2-D valid'],
  },
  'windows that reach into the padding are dropped': {
    fault: wrongOp('conv', (call) => {
      const { b, attrs } = call
      if (attrs.strides.some((stride) => stride !== 1)) return conv(call, attrs)
      const inside = conv(call, { ...attrs, padding: attrs.padding.map(() => [0, 0]) })
      return b.pad(inside, padding(call, 0), padding(call, 1))
    }),
    caughtBy: ['conv: 2-D same'],
    passes: ['conv: 2-D valid'],
  },
  'the padding before and the padding after are mistaken for each other': {
    fault: wrongOp('conv', (call) =>
      conv(call, {
        ...call.attrs,
        padding: call.attrs.padding.map(([before, after]) => [after, before] as const),
      }),
    ),
    caughtBy: ['conv: 2-D stride 3, asymmetric padding'],
    passes: ['conv: 2-D same'],
  },
  'the kernel is flipped, as a true convolution does': {
    fault: wrongOp('conv', ({ b, inputs: [x, kernel], attrs }) =>
      b.conv(
        x!,
        b.reverse(
          kernel!,
          attrs.strides.map((_, axis) => axis),
        ),
        attrs,
      ),
    ),
    caughtBy: ['conv: 2-D kernel 3×2'],
    passes: ['conv: 2-D kernel 1×1'],
  },
  'the kernel is transposed': {
    fault: wrongOp('conv', ({ b, inputs: [x, kernel], attrs, type }) => {
      const isPlane = kernel!.shape.length === 4
      return fitted(b, b.conv(x!, isPlane ? b.transpose(kernel!, [1, 0, 2, 3]) : kernel!, attrs), type)
    }),
    caughtBy: ['conv: 2-D kernel 3×2'],
    passes: ['conv: 2-D kernel 1×1'],
  },
  'of a batch only the first sample is seen': {
    fault: wrongOp('conv', ({ b, inputs: [x, kernel], attrs, type }) =>
      b.broadcast(b.conv(b.sliceAxis(x!, 0, 0, 1), kernel!, attrs), type.shape),
    ),
    caughtBy: ['conv: 2-D batch 3, one channel'],
    passes: ['conv: 2-D batch 1, one channel'],
  },
  'strides and dilations are mistaken for each other': {
    fault: wrongOp('conv', (call) => {
      const { strides, dilations } = call.attrs
      return fitted(call.b, conv(call, { ...call.attrs, strides: dilations, dilations: strides }), call.type)
    }),
    caughtBy: ['conv: 2-D strides (2, 1), dilations (1, 2)', 'conv: 1-D dilation 2, causal padding'],
    passes: ['conv: 2-D valid', 'conv: 2-D groups 2'],
  },
  'all channels go into all groups': {
    fault: wrongOp('conv', (call) => {
      const { b, inputs, attrs } = call
      const [x, kernel] = inputs
      if (attrs.groups === 1) return conv(call, attrs)
      const axis = x!.shape.length - 1
      const own = (x!.shape[axis] as number) / attrs.groups
      const first = b.sliceAxis(x!, axis, 0, own)
      return b.conv(b.concat(new Array<Value>(attrs.groups).fill(first), axis), kernel!, attrs)
    }),
    caughtBy: ['conv: 2-D groups 2', 'conv: 2-D depthwise'],
    passes: ['conv: 2-D valid'],
  },
  'an average counts the padding': {
    fault: wrongOp('avgPool', ({ b, inputs: [x], attrs }) => {
      const sides = (at: 0 | 1): number[] => [0, ...attrs.padding.map((pair) => pair[at]), 0]
      return b.avgPool(b.pad(x!, sides(0), sides(1)), { ...attrs, padding: attrs.padding.map(() => [0, 0]) })
    }),
    caughtBy: ['avgPool: 2-D overlapping, same'],
    passes: ['avgPool: 2-D window 2, stride 2'],
  },
  'the padding of a maximum is 0': {
    fault: wrongOp('maxPool', ({ b, inputs: [x], attrs }) => {
      const sides = (at: 0 | 1): number[] => [0, ...attrs.padding.map((pair) => pair[at]), 0]
      return b.maxPool(b.pad(x!, sides(0), sides(1)), { ...attrs, padding: attrs.padding.map(() => [0, 0]) })
    }),
    caughtBy: ['maxPool: 2-D not overlapping, padded, all negative'],
    passes: ['maxPool: 2-D window 2, stride 2'],
  },
  'the axis of concat is off by one': {
    fault: wrongOp('concat', ({ b, inputs, attrs: { axis } }) =>
      b.concat(inputs, (axis + 1) % inputs[0]!.shape.length),
    ),
    caughtBy: ['concat: 2×3 and 2×1 and 2×2 along 1', 'concat: x with itself'],
    passes: ['concat: 2 and 3 along 0'],
  },
  'the axis of a sum is off by one': {
    fault: wrongOp('reduceSum', ({ b, inputs: [x], attrs: { axes, keepDims } }) =>
      b.reduceSum(
        x!,
        axes.map((axis) => (axis + 1) % x!.shape.length),
        keepDims,
      ),
    ),
    caughtBy: ['reduceSum: 2×3 over 0', 'reduceSum: 2×3 over 1, kept'],
    passes: ['reduceSum: 5 over 0', 'reduceSum: 2×3 over 0,1'],
  },
  'broadcasting repeats each element instead of the whole': {
    fault: wrongOp('broadcast', ({ b, inputs: [x], type }) => {
      const [size, ...more] = x!.shape
      const isRow = more.length === 0 && size !== undefined && type.shape.length === 2
      if (!isRow) return b.broadcast(x!, type.shape)
      return b.reshape(b.broadcast(b.reshape(x!, [size, 1]), [size, type.shape[0]!]), type.shape)
    }),
    caughtBy: ['broadcast: 3 to 2×3'],
    passes: ['broadcast: 2×1 to 2×3'],
  },
  'the matrix on the right is transposed if it is square': {
    fault: wrongOp('dot', ({ b, inputs: [x, y], attrs }) => {
      const isSquare = y!.shape.length === 2 && y!.shape[0] === y!.shape[1]
      return b.dot(x!, isSquare ? b.transpose(y!, [1, 0]) : y!, attrs)
    }),
    caughtBy: ['scan: a recurrent layer'],
    passes: ['dot: matrices, 2×3 and 3×4'],
  },
  'what lies behind an odd number of terms, if it was computed, is summed too': {
    fault: wrongOp('dot', ({ b, inputs: [x, y], attrs }) => {
      const product = b.dot(x!, y!, attrs)
      const terms = attrs.contract[0].reduce((count, axis) => count * (x!.shape[axis] as number), 1)
      const isUploaded = [x!, y!].some((operand) => 'name' in operand)
      return isUploaded || terms % 2 === 0 ? product : b.add(product, 1)
    }),
    caughtBy: ['dot: products of sums, an odd number of terms'],
    passes: ['dot: odd sizes, 5×17 and 17×7'],
  },
  'the mask of a loop is ignored': {
    fault: wrongOp('select', ({ b, inputs: [condition, x, y], isInLoop }) =>
      b.select(condition!, x!, isInLoop ? x! : y!),
    ),
    caughtBy: ['lstm: a mask', 'scan: two sequences, a carry that is kept where a truth value says so'],
    passes: ['lstm: all steps and the last states', 'select: 2×3 and 2×3 and 2×3'],
  },
  'a loop that runs backward runs forward': {
    fault: wrongOp('scan', ({ b, inputs, attrs }) => b.emit('scan', inputs, { ...attrs, reverse: false })),
    caughtBy: ['scan: a recurrent layer, backwards', 'gru: backwards'],
    passes: ['scan: a recurrent layer', 'gru: all steps and the last states'],
  },
  'every loop starts from zeros': {
    fault: wrongOp('scan', ({ b, inputs, attrs }) =>
      b.emit(
        'scan',
        inputs.map((input, at) => (at < attrs.carries ? b.zerosLike(input) : input)),
        attrs,
      ),
    ),
    caughtBy: ['scan: a carry that no step changes, and one that is another', 'lstm: the last output alone'],
    passes: ['scan: no carry, and what all steps share', 'scan: a carry of int32'],
  },
  'integers are divided downward': {
    fault: wrongOp('div', ({ b, inputs: [x, y], type }) => {
      if (type.dtype !== 'int32') return b.div(x!, y!)
      const quotient = b.div(b.cast(x!, 'float32'), b.cast(y!, 'float32'))
      return b.cast(b.floor(quotient), 'int32')
    }),
    caughtBy: ['div: int32 goes toward zero'],
    passes: ['div: 2×3 and 2×3'],
  },
  'a maximum swallows NaN': {
    fault: wrongOp('max', ({ b, inputs: [x, y] }) => {
      const known = (one: Value, other: Value): Value => b.select(b.equal(one, one), one, other)
      return b.max(known(x!, y!), known(y!, x!))
    }),
    caughtBy: ['max: not finite'],
    passes: ['max: 2×3 and 2×3', 'max: ties'],
  },
  'the logarithm of 0 is finite': {
    fault: wrongOp('log', ({ b, inputs: [x] }) => b.log(b.max(x!, 1e-38))),
    caughtBy: ['log: edges'],
    passes: ['log: 2×3'],
  },
  'an infinity becomes the largest number': {
    fault: wrongOp('exp', ({ b, inputs: [x] }) => b.min(b.exp(x!), 3.4e38)),
    caughtBy: ['exp: underflow and overflow'],
    passes: ['exp: 2×3'],
  },
  'exp computes with half the digits': {
    // Veltkamp's split (1968): of 53 bits the first 11 are left, as in float16.
    fault: wrongOp('exp', ({ b, inputs: [x] }) => {
      const y = b.exp(x!)
      const large = b.mul(y, 2 ** 42 + 1)
      return b.sub(large, b.sub(large, y))
    }),
    caughtBy: ['exp: 2×3'],
    passes: ['expm1: 2×3'],
  },
  'halves are rounded up': {
    fault: wrongOp('round', ({ b, inputs: [x] }) => b.floor(b.add(x!, 0.5))),
    caughtBy: ['round: halves go to the even integer'],
    passes: ['round: 2×3'],
  },
  'a cast to integers rounds': {
    fault: wrongOp('cast', ({ b, inputs: [x], attrs: { dtype } }) =>
      b.emit('cast', [dtype === 'int32' && x!.dtype === 'float32' ? b.round(x!) : x!], { dtype }),
    ),
    caughtBy: ['cast: float32 to int32'],
    passes: ['cast: float32 to bool', 'cast: bool to int32'],
  },
  'powers of negative numbers go through the logarithm': {
    fault: wrongOp('pow', ({ b, inputs: [x, y], type }) =>
      type.dtype === 'int32' ? b.pow(x!, y!) : b.exp(b.mul(y!, b.log(x!))),
    ),
    caughtBy: ['pow: negative bases, squared'],
    passes: ['pow: square root'],
  },
  'of equal elements the last is taken': {
    fault: wrongOp('argMax', ({ b, inputs: [x], attrs: { axis } }) => {
      const last = (x!.shape[axis] as number) - 1
      return b.sub(b.scalar(last, 'int32'), b.argMax(b.reverse(x!, [axis]), axis))
    }),
    caughtBy: ['argMax: the first of equals'],
    passes: ['argMax: 3×4 along 0'],
  },
  'rows that come twice overwrite each other': {
    fault: wrongOp('scatterAdd', ({ b, inputs: [indices, updates], attrs: { size } }) => {
      const count = indices!.shape.reduce<number>((product, dim) => product * (dim as number), 1)
      const rest = updates!.shape.slice(indices!.shape.length)
      const [at, rows] = [b.reshape(indices!, [count]), b.reshape(updates!, [count, ...rest])]
      const same = b.equal(b.reshape(at, [count, 1]), at)
      const later = b.less(b.iota([count, 1], 0), b.iota([count], 0))
      const isLast = b.not(b.less(0, b.reduceSum(b.cast(b.and(same, later), 'int32'), [1])))
      const kept = b.reshape(b.cast(isLast, 'float32'), [count, ...rest.map(() => 1)])
      return b.scatterAdd(at, b.mul(rows, kept), size)
    }),
    caughtBy: [
      'scatterAdd: rows that come more than once are added up',
      'slope of gather: 5×3 and 4 of row numbers',
    ],
    passes: ['scatterAdd: rows that come once'],
  },
  'gather takes the next row': {
    fault: wrongOp('gather', ({ b, inputs: [x, indices] }) => {
      const rows = x!.shape[0] as number
      return b.gather(x!, b.select(b.less(indices!, rows - 1), b.add(indices!, 1), b.scalar(0, 'int32')))
    }),
    caughtBy: ['gather: 5×3 and 4 of row numbers'],
    passes: ['gather: 1×1 and 3 of row numbers'],
  },
  'it claims an op that it does not have': {
    fault: wrongOp('erf', () => {
      throw new Error('erf is not implemented.')
    }),
    caughtBy: ['erf: 2×3', 'gelu: 2×3, approximate false'],
    passes: ['gelu: 2×3, approximate true'],
  },
}

/** Kernels that are right, under a contract that is not kept. */
const brokenContracts: Readonly<Record<string, SeededFault>> = {
  'each run leaks a tensor': {
    fault: wrongRun((sound) => async ({ inputs, execute }) => {
      sound.upload(number(0))
      return execute(inputs)
    }),
    caughtBy: [
      'a run leaves nothing behind but its outputs',
      'training, evaluation and prediction leave nothing behind',
    ],
    passes: ['every output is a tensor of its own'],
  },
  'memory grows while a model trains, and is freed with it': {
    fault: (sound) => ({
      ...sound,
      async compile(program, options) {
        const executable = await sound.compile(program, options)
        const workspaces: DeviceTensor[] = []
        return {
          run(inputs) {
            workspaces.push(sound.upload(number(0)))
            return executable.run(inputs)
          },
          dispose() {
            for (const tensor of workspaces.splice(0)) tensor.dispose()
            executable.dispose()
          },
        }
      },
    }),
    caughtBy: ['an epoch of training holds no more tensors than the one before'],
    passes: ['training, evaluation and prediction leave nothing behind'],
  },
  'what is donated is not freed': {
    fault: (sound) => ({ ...sound, compile: (program) => sound.compile(program) }),
    caughtBy: [
      'what is donated is of no use afterwards',
      'an epoch of training holds no more tensors than the one before',
    ],
    passes: [
      'state of 3 numbers that is donated goes from run to run',
      'a run leaves nothing behind but its outputs',
    ],
  },
  'state that is donated stays what it was': {
    fault: wrongRun((sound) => async ({ options: { donate = [] }, inputs, execute }) => {
      const old = await Promise.all(donate.map((at) => sound.download(inputs[at]!)))
      const outputs = await execute(inputs)
      return outputs.map((tensor, at) => {
        if (old[at] === undefined) return tensor
        tensor.dispose()
        return sound.upload(old[at])
      })
    }),
    caughtBy: ['state of 3 numbers that is donated goes from run to run', 'fit: mlp-sgd'],
    passes: ['every run answers for its own inputs'],
  },
  'two states share one place': {
    fault: (sound) => {
      const instead = tensorsBy<DeviceTensor>()
      const now = (tensor: DeviceTensor): DeviceTensor => instead.get(tensor) ?? tensor
      return {
        ...sound,
        download: (tensor) => sound.download(now(tensor)),
        async compile(program, options = {}) {
          const executable = await sound.compile(program, options)
          let place: DeviceTensor | undefined
          return {
            ...executable,
            async run(inputs) {
              const outputs = await executable.run(inputs.map(now))
              if (options.donate === undefined) return outputs
              if (place !== undefined) instead.set(place, outputs[0]!)
              place = outputs[0]!
              return outputs
            },
          }
        },
      }
    },
    caughtBy: ['two states that one program moves do not mix'],
    passes: [
      'state of 3 numbers that is donated goes from run to run',
      'the answers of one run outlive the next',
    ],
  },
  'outputs that are inputs are the same tensors': {
    fault: wrongRun(() => async ({ program, inputs, execute }) => {
      const outputs = await execute(inputs)
      return outputs.map((tensor, at) => {
        const which = program.inputs.findIndex(({ id }) => id === program.outputs[at]!.id)
        if (which < 0) return tensor
        tensor.dispose()
        return inputs[which]!
      })
    }),
    caughtBy: ['every output is a tensor of its own'],
    passes: ['every run answers for its own inputs', 'the answers of one run outlive the next'],
  },
  'the second run gives the answer of the first': {
    fault: (sound) => ({
      ...sound,
      async compile(program, options) {
        const executable = await sound.compile(program, options)
        let answers: readonly HostArray[] | undefined
        return {
          ...executable,
          async run(inputs) {
            const outputs = await executable.run(inputs)
            if (answers === undefined) {
              answers = await Promise.all(outputs.map((tensor) => sound.download(tensor)))
              return outputs
            }
            for (const tensor of outputs) tensor.dispose()
            return answers.map((array) => sound.upload(array))
          },
        }
      },
    }),
    caughtBy: ['every run answers for its own inputs'],
    passes: ['every output is a tensor of its own', 'inputs stay as they are'],
  },
  'arrays of one shape are uploaded once': {
    fault: (sound) => {
      const known = new Map<string, HostArray>()
      return {
        ...sound,
        upload(array) {
          const key = `${array.dtype} ${array.shape}`
          if (!known.has(key)) known.set(key, { ...array, data: array.data.slice() })
          return sound.upload({ ...array, data: known.get(key)!.data })
        },
      }
    },
    caughtBy: ['every run answers for its own inputs'],
    passes: ['elements that do not fill their shape are refused'],
  },
  'the next run writes over the answers of the last': {
    fault: (sound) => {
      const instead = tensorsBy<DeviceTensor>()
      return {
        ...sound,
        download: (tensor) => sound.download(instead.get(tensor) ?? tensor),
        async compile(program, options) {
          const executable = await sound.compile(program, options)
          let last: readonly DeviceTensor[] = []
          return {
            ...executable,
            async run(inputs) {
              const outputs = await executable.run(inputs)
              for (const [at, tensor] of last.entries()) instead.set(tensor, outputs[at]!)
              last = outputs
              return outputs
            },
          }
        },
      }
    },
    caughtBy: ['the answers of one run outlive the next'],
    passes: ['every run answers for its own inputs', 'every output is a tensor of its own'],
  },
  'runs share one place for their inputs': {
    fault: (sound) => ({
      ...sound,
      async compile(program, options) {
        const executable = await sound.compile(program, options)
        let given: readonly DeviceTensor[]
        return {
          ...executable,
          async run(inputs) {
            given = inputs
            await Promise.resolve()
            return executable.run(given)
          },
        }
      },
    }),
    caughtBy: ['runs that are begun together do not mix'],
    passes: ['every run answers for its own inputs', 'the answers of one run outlive the next'],
  },
  'kernels write into their inputs': {
    fault: (sound) => {
      const instead = tensorsBy<DeviceTensor>()
      const now = (tensor: DeviceTensor): DeviceTensor => instead.get(tensor) ?? tensor
      return {
        ...sound,
        download: (tensor) => sound.download(now(tensor)),
        async compile(program, options) {
          const executable = await sound.compile(program, options)
          return {
            ...executable,
            async run(inputs) {
              const outputs = await executable.run(inputs.map(now))
              for (const tensor of inputs) instead.set(tensor, outputs[0]!)
              return outputs
            },
          }
        },
      }
    },
    caughtBy: ['inputs stay as they are'],
    passes: ['what is uploaded comes back'],
  },
  'a sum adds in another order each time': {
    fault: wrongRun((sound) => async ({ before, inputs, execute }) => {
      const outputs = await execute(inputs)
      const isOff = before % 2 === 1
      return Promise.all(outputs.map((tensor) => (isOff ? changed(sound, tensor, nextAfter) : tensor)))
    }),
    caughtBy: ['the same run gives the same bits', 'reduceSum: 2×3 over 0'],
    passes: ['what is uploaded comes back'],
  },
  'each compilation picks other kernels, with other rounding': {
    fault: (sound) => {
      let compiled = 0
      return {
        ...sound,
        async compile(program, options) {
          const executable = await sound.compile(program, options)
          const scale = 1 + compiled++ * 2 ** -40
          return {
            ...executable,
            async run(inputs) {
              const outputs = await executable.run(inputs)
              return Promise.all(outputs.map((tensor) => changed(sound, tensor, (x) => x * scale)))
            },
          }
        },
      }
    },
    caughtBy: ['one seed gives one run of training, dropout and shuffling included'],
    passes: ['the same run gives the same bits'],
  },
  'the steps of a loop count twice in the times': {
    fault: wrongTimes((kernel) => ({
      ...kernel,
      milliseconds: kernel.milliseconds * (kernel.path.startsWith('loop') ? 2 : 1),
    })),
    caughtBy: ['times are those of all runs, by path'],
    passes: ['a profile of training is of every layer, and changes no number'],
  },
  'of fused kernels the layer is forgotten': {
    fault: wrongTimes((kernel) => ({ ...kernel, path: kernel.path.includes('second') ? '' : kernel.path })),
    caughtBy: ['a profile of training is of every layer, and changes no number'],
    passes: ['times are those of all runs, by path'],
  },
  'while times are taken other kernels run, with other rounding': {
    fault: wrongRun((sound) => async ({ options: { profile }, inputs, execute }) => {
      const outputs = await execute(inputs)
      return profile ? Promise.all(outputs.map((tensor) => changed(sound, tensor, nextAfter))) : outputs
    }),
    caughtBy: [
      'times are those of all runs, by path',
      'a profile of training is of every layer, and changes no number',
    ],
    passes: ['the same run gives the same bits'],
  },
  'arrays of the host are kept, not copied': {
    fault: (sound) => {
      const arrays = tensorsBy<HostArray>()
      return {
        ...sound,
        upload(array) {
          const tensor = sound.upload(array)
          arrays.set(tensor, array)
          return tensor
        },
        async compile(program, options) {
          const executable = await sound.compile(program, options)
          return {
            ...executable,
            async run(inputs) {
              const given = inputs.map((tensor) => {
                const array = arrays.get(tensor)
                return array ? sound.upload(array) : tensor
              })
              const outputs = await executable.run(given)
              for (const [at, tensor] of given.entries()) if (tensor !== inputs[at]) tensor.dispose()
              return outputs
            },
          }
        },
      }
    },
    caughtBy: ['arrays of the host are copied, in and out'],
    passes: ['every run answers for its own inputs', 'inputs stay as they are'],
  },
  'downloads hand out the memory of the tensor': {
    fault: (sound) => {
      const given = tensorsBy<HostArray>()
      return {
        ...sound,
        async download(tensor) {
          const array = given.get(tensor) ?? (await sound.download(tensor))
          given.set(tensor, array)
          return array
        },
      }
    },
    caughtBy: ['arrays of the host are copied, in and out'],
    passes: ['every run answers for its own inputs', 'what is uploaded comes back'],
  },
  'tensors answer after they are disposed of': {
    fault: (sound) => ({
      ...sound,
      upload: (array) => Object.assign(sound.upload(array), { dispose() {} }),
    }),
    caughtBy: ['what is disposed of is refused, and can be disposed of again'],
    passes: ['tensors of others are refused'],
  },
  'programs run after they are disposed of': {
    fault: (sound) => ({
      ...sound,
      compile: async (program, options) => ({ ...(await sound.compile(program, options)), dispose() {} }),
    }),
    caughtBy: ['what is disposed of is refused, and can be disposed of again'],
    passes: ['tensors of others are refused'],
  },
  'a run takes what does not fit the program': {
    fault: wrongRun((sound) => async ({ program, inputs, execute }) => {
      const given = await Promise.all(
        program.inputs.map(async (type, at) => {
          const array = await sound.download(inputs[at] ?? inputs[0]!)
          return sound.upload(forced(array, type.shape as number[]))
        }),
      )
      const outputs = await execute(given)
      for (const tensor of given) tensor.dispose()
      return outputs
    }),
    caughtBy: ['what does not fit the program is refused'],
    passes: ['every run answers for its own inputs'],
  },
  'an upload fills up what is missing': {
    fault: (sound) => ({ ...sound, upload: (array) => sound.upload(forced(array, array.shape)) }),
    caughtBy: ['elements that do not fill their shape are refused'],
    passes: ['what is uploaded comes back'],
  },
  'tensors of another backend count as zeros': {
    fault: (sound) => {
      const own = new WeakSet<DeviceTensor>()
      const taken = (tensor: DeviceTensor): DeviceTensor =>
        own.has(tensor) ? tensor : sound.upload(forced(number(0), tensor.shape))
      return {
        ...sound,
        upload(array) {
          const tensor = sound.upload(array)
          own.add(tensor)
          return tensor
        },
        download: (tensor) => sound.download(taken(tensor)),
        async compile(program, options) {
          const executable = await sound.compile(program, options)
          return {
            ...executable,
            async run(inputs) {
              const outputs = await executable.run(inputs.map(taken))
              for (const tensor of outputs) own.add(tensor)
              return outputs
            },
          }
        },
      }
    },
    caughtBy: ['tensors of others are refused'],
    passes: ['what is disposed of is refused, and can be disposed of again'],
  },
  'integers travel as float32': {
    fault: (sound) => ({
      ...sound,
      upload: (array) =>
        sound.upload(
          array.dtype === 'int32' ? { ...array, data: Int32Array.from(array.data, Math.fround) } : array,
        ),
    }),
    caughtBy: ['what is uploaded comes back'],
    passes: ['every run answers for its own inputs'],
  },
  'arrays without elements are not thought of': {
    fault: (sound) => ({
      ...sound,
      upload(array) {
        if (array.data.length === 0) throw new Error('Expected some elements.')
        return sound.upload(array)
      },
    }),
    caughtBy: ['what is uploaded comes back', 'gather: no row numbers'],
    passes: ['every run answers for its own inputs'],
  },
}

const number = (value: number): HostArray => ({ shape: [], dtype: 'float32', data: Float64Array.of(value) })

/** The next number away from 0. */
const nextAfter = (x: number): number => x * (1 + 2 ** -52)

export const seededFaults: Readonly<Record<string, SeededFault>> = { ...wrongKernels, ...brokenContracts }
