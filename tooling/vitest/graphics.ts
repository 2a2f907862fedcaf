import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'

type Environment = Readonly<Record<string, string>>

/** Where Debian's chromium lays its software GPU. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json'

/** The environment in which Node finds SwiftShader. */
const swiftshader: Environment = {
  VK_DRIVER_FILES: SWIFTSHADER,
  VK_ICD_FILENAMES: SWIFTSHADER,
  // It complains where there is none.
  XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir(),
}

/** Whether Linux shows a GPU, which may still have no driver; elsewhere every machine may have one. */
function showsGpu(): boolean {
  if (process.platform !== 'linux' || process.env.VK_DRIVER_FILES !== undefined) return true
  if (existsSync('/dev/nvidia0') || existsSync('/dev/dxg')) return true
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'))
}

/** Asks for an adapter in a process of its own: a driver may crash or hang, and would stay loaded here. */
function hasAdapter(environment: Environment): boolean {
  const program = `
    const { create } = await import('webgpu')
    const adapter = await create([]).requestAdapter()
    process.stdout.write(adapter === null ? 'none' : 'found', () => process.exit(0))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    env: { ...process.env, ...environment, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 5000,
    killSignal: 'SIGKILL',
  })
  return stdout?.toString() === 'found'
}

function find(): 'gpu' | 'swiftshader' | 'none' {
  if (showsGpu() && hasAdapter({})) return 'gpu'
  return existsSync(SWIFTSHADER) && hasAdapter(swiftshader) ? 'swiftshader' : 'none'
}

// Processes that read this again do not ask again.
process.env.FN_FOUND_GPU ??= find()
const found = process.env.FN_FOUND_GPU

/** Whether pages have to emulate a GPU with Chromium's own SwiftShader, slowly: Node found no other. */
export const emulated = found !== 'gpu'

/** Whether engines on the GPU can run in Node. */
export const hasVulkan = found !== 'none'

/** With which environment Node finds Vulkan: the one of the machine, or else SwiftShader if chromium is there. */
export const vulkanEnvironment: Environment = found === 'swiftshader' ? swiftshader : {}
