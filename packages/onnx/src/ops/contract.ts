import type { Emission, Family } from '../emission.ts'
import { emitConv, emitConvTranspose } from './conv.ts'
import { emitConvFilterGrad } from './conv-filter-grad.ts'
import { emitDot } from './dot.ts'

export const contract = (emission: Emission): Family<'contract'> => ({
  dot: (inputs, attrs, equation) => emitDot(emission, inputs, attrs, equation),
  conv: (inputs, attrs, equation) => emitConv(emission, inputs, attrs, equation),
  convTranspose: (inputs, attrs, equation) => emitConvTranspose(emission, inputs, attrs, equation),
  convFilterGrad: (inputs, attrs, equation) => emitConvFilterGrad(emission, inputs, attrs, equation),
})
