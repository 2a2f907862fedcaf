import { fromJson, gradient, type HostArray, inline, legalize, type Program, simplify, toJson, verify } from '@fn/core'
import {
  caseGradientInputs,
  caseGradientProgram,
  caseInputs,
  caseProgram,
  compareArrays,
  type OpCase,
  opCases,
} from '@fn/cases'
import { describe, expect, it } from 'vitest'
import { createReference } from '../src/index.ts'
import { evaluate } from '../src/interpreter.ts'
import type { Tensor } from '../src/tensor.ts'
import { run } from './run.ts'

const { capabilities } = createReference()
const runnable = opCases.filter(({ op }) => op === 'call' || (capabilities.ops as ReadonlySet<string>).has(op) || isComposite(op))

function isComposite(op: string): boolean {
  return op !== 'random'
}
