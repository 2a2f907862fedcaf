import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl'
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { backend, engine, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core'
import { reshape } from './kernel.ts'
import type { EngineName } from './lowering.ts'

// Functions of one number, and xʸ, on the GPU. Those that shaders have are allowed to be coarse (WGSL promises sin and cos to
// 2⁻¹¹, ln near 1 to 2⁻²¹) and to forget NaN; exp and ln are good enough away from 0 and 1.

/**
 * Bodies of functions of `x` (and `y`), in words that WGSL and GLSL share but for `let`, NAN and INFINITY. Each may call those
 * before it.
 */
const bodies = {
  exp: `
    if (isnan(x)) { return x; }
    return exp(x);`,
  // eˣ − 1 = x + x²/2! + x³/3! + …
  expm1: `
    if (abs(x) > 0.5) { return f_exp(x) - 1.0; }
    return x + x * x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.008333334 + x * (0.0013888889
      + x * 0.0001984127)))));`,
  // ln(1 + x) = x − x²/2 + x³ · P(x) where 1 + x lies between √½ and √2 (Cephes, logf).
  log1p: `
    if (abs(x) < 0.29) {
      let p = 0.33333331174 + x * (-0.24999993993 + x * (0.20000714765 + x * (-0.16668057665
        + x * (0.14249322787 + x * (-0.12420140846 + x * (0.1167699874 + x * (-0.1151461031
        + x * 0.070376836292)))))));
      return x + x * x * (x * p - 0.5);
    }
    if (isnan(x) || x < -1.0) { return NAN; }
    if (x == -1.0) { return -INFINITY; }
    if (x > 3.0e38) { return log(x); }
    return log(1.0 + x);`,
  log: `
    if (abs(x - 1.0) < 0.29) { return f_log1p(x - 1.0); }
    if (isnan(x) || x < 0.0) { return NAN; }
    if (x == 0.0) { return -INFINITY; }
    return log(x);`,
  // tanh |x| = −e / (e + 2) with e = exp(−2 |x|) − 1
  tanh: `
    let e = f_expm1(-2.0 * abs(x));
    let y = -e / (e + 2.0);
    if (x < 0.0) { return -y; }
    return y;`,
  sigmoid: `
    return 1.0 / (1.0 + f_exp(-x));`,
  // The series at 0, and else Abramowitz and Stegun 7.1.26.
  erf: `
    let a = abs(x);
    if (a < 0.5) {
      let q = x * x;
      return x * (1.1283791671 + q * (-0.3761263890 + q * (0.1128379167 + q * (-0.0268661706
        + q * (0.0052239776 - q * 0.0008548327)))));
    }
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let y = 1.0 - t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027
      + t * 1.061405429)))) * f_exp(-a * a);
    if (x < 0.0) { return -y; }
    return y;`,
  // With k = ⌊x · 2/π + ½⌋ and r = x − k · π/2, in three parts of which the multiples are exact (Cody and Waite), it is
  // ±sin r for even k, else ±cos r, both by their polynomials on [−π/4, π/4] (Cephes, sinf).
  sin: circular(0),
  cos: circular(1),
  pow: `
    if (y == 0.0) { return 1.0; }
    if (isnan(x) || isnan(y)) { return NAN; }
    let a = abs(x);
    if (abs(y) > 3.4028234e38) {
      if (a == 1.0) { return NAN; }
      if ((a > 1.0) == (y > 0.0)) { return INFINITY; }
      return 0.0;
    }
    if (a == 0.0 && y < 0.0) { return INFINITY; }
    if (a == 0.0) { return 0.0; }
    let whole = floor(y);
    if (x > 0.0) { return pow(a, y); }
    if (a > 3.4028234e38 && whole != y) { return pow(a, y); }
    if (whole != y) { return NAN; }
    if (whole - 2.0 * floor(whole * 0.5) > 0.5) { return -pow(a, y); }
    return pow(a, y);`,
} as const

function circular(quarters: 0 | 1): string {
  return `
    if (isnan(x) || abs(x) > 3.0e38) { return NAN; }
    let k = floor(x * 0.63661977 + 0.5);
    let r = ((x - k * 1.5703125) - k * 0.0004837512969970703) - k * 0.00000007549789948768648;
    let q = r * r;
    let n = k + ${quarters}.0;
    let pairs = floor(n * 0.5);
    let sine = r + r * q * (-0.16666654611 + q * (0.0083321608736 - q * 0.00019515295891));
    let cosine = 1.0 - 0.5 * q + q * q * (0.04166664568298827 + q * (-0.001388731625493765
      + q * 0.00002443315711809948));
    let sign = 1.0 - 2.0 * (pairs - 2.0 * floor(pairs * 0.5));
    if (n - 2.0 * pairs > 0.5) { return sign * cosine; }
    return sign * sine;`
}

export type Pointwise = keyof typeof bodies

const names = Object.keys(bodies) as readonly Pointwise[]
const needed = (name: Pointwise): readonly Pointwise[] => names.slice(0, names.indexOf(name) + 1)

const isOfTwo = (name: Pointwise): boolean => name === 'pow'

const wgsl = (name: Pointwise): string =>
  needed(name)
    .map((own) => `fn f_${own}(x: f32${isOfTwo(own) ? ', y: f32' : ''}) -> f32 {${bodies[own]}\n}`)
    .join('\n')
    .replaceAll(/\b(?:NAN|INFINITY)\b/g, 'uniforms.$&')

const glsl = (name: Pointwise): string =>
  needed(name)
    .map((own) => `float f_${own}(float x${isOfTwo(own) ? ', float y' : ''}) {${bodies[own]}\n}`)
    .join('\n')
    .replaceAll('let ', 'float ')
    .replaceAll('INFINITY', 'uintBitsToFloat(0x7f800000u)')

const THREADS = 64

function onWebgpu(name: Pointwise, operands: TensorInfo[], size: number): TensorInfo {
  const given = isOfTwo(name)
    ? 'getAByOutputIndex(index), getBByOutputIndex(index)'
    : 'getAByOutputIndex(index)'
  return (backend() as WebGPUBackend).runWebGPUProgram(
    {
      variableNames: isOfTwo(name) ? ['A', 'B'] : ['A'],
      outputShape: [size],
      size: true,
      workgroupSize: [THREADS, 1, 1],
      dispatchLayout: { x: [0] },
      dispatch: [Math.ceil(size / THREADS), 1, 1],
      shaderKey: `fn_${name}`,
      getUserCode: () => `${wgsl(name)}
        fn main(index: i32) {
          if (index < uniforms.size) { setOutputAtIndex(index, f_${name}(${given})); }
        }`,
    },
    operands,
    'float32',
  )
}

function onWebgl(name: Pointwise, operands: TensorInfo[], size: number): TensorInfo {
  const given = isOfTwo(name) ? 'getAAtOutCoords(), getBAtOutCoords()' : 'getAAtOutCoords()'
  return (backend() as MathBackendWebGL).compileAndRun(
    {
      variableNames: isOfTwo(name) ? ['A', 'B'] : ['A'],
      outputShape: [size],
      userCode: `${glsl(name)}
        void main() { setOutput(f_${name}(${given})); }`,
    },
    operands,
    'float32',
  )
}

/** Computes a function of every element of a float32 tensor, or of two of the same shape. */
export function pointwise(name: Pointwise, engineName: EngineName): (...operands: Tensor[]) => Tensor {
  const run = engineName === 'webgpu' ? onWebgpu : onWebgl
  return (...operands) => {
    const { shape, size } = operands[0]!
    const flat = operands.map((x) => reshape(x, [size]))
    return reshape(engine().makeTensorFromTensorInfo(run(name, flat, size)), shape)
  }
}
