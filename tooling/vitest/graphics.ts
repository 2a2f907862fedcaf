import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'

/** Where Debian's chromium lays its software GPU. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json'

/** Whether Linux shows a GPU; elsewhere every machine is taken to have one. */
function hasGpu(): boolean {
  if (process.platform !== 'linux' || existsSync('/dev/nvidia0') || existsSync('/dev/dxg')) return true
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'))
}

/** Whether the GPU is emulated by SwiftShader, slowly: there is no other, and nobody named a driver. */
export const emulated = !hasGpu() && process.env.VK_DRIVER_FILES === undefined

/** Whether engines on the GPU can run in Node. */
export const hasVulkan = !emulated || existsSync(SWIFTSHADER)

/** With which environment Node finds Vulkan: the one of the machine, or else SwiftShader if chromium is there. */
export const vulkanEnvironment: Readonly<Record<string, string>> =
  emulated && hasVulkan
    ? {
        VK_DRIVER_FILES: SWIFTSHADER,
        VK_ICD_FILENAMES: SWIFTSHADER,
        // It complains where there is none.
        XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir(),
      }
    : {}
