/** All C kernels compile without a warning, for every core, in gcc and clang. */
import { kernelNames, kernelSource } from "../../converters/targets/mcu/kernel_source.ts";
import { command, hasTool, PROLOGUE, STRICT } from "../helpers/c_compiler.ts";

const M4 = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"];
const CORES: Record<string, readonly string[]> = {
  "cortex-m4": M4,
  "cortex-m4 without FPU": ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft"],
  "cortex-m7": ["-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-d16"],
  "cortex-m33": ["-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"],
  "cortex-m55": ["-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"],
  "cortex-m0plus": ["-mcpu=cortex-m0plus", "-mthumb", "-mfloat-abi=soft"],
};
const RISCV = ["-march=rv32imac", "-mabi=ilp32"];

/** Compiler with the flags of a core. */
const BUILDS: Record<string, readonly string[]> = {
  "host, gcc": ["gcc"],
  "host, clang": ["clang"],
  "rv32imac, gcc": ["riscv64-unknown-elf-gcc", ...RISCV],
  "rv32imac, clang": ["clang", "--target=riscv32", ...RISCV],
  ...Object.fromEntries(
    Object.entries(CORES).flatMap(([core, flags]) => [
      [`${core}, gcc`, ["arm-none-eabi-gcc", ...flags]],
      [`${core}, clang`, ["clang", "--target=arm-none-eabi", ...flags]],
    ]),
  ),
};

for (const [build, [compiler, ...flags]] of Object.entries(BUILDS)) {
  const found = await hasTool(compiler);
  Deno.test({
    name: `C kernels compile: ${build}${found ? "" : `: no ${compiler}`}`,
    ignore: !found,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const file = `${folder}/all.c`;
        await Deno.writeTextFile(file, PROLOGUE + await kernelSource(await kernelNames()));
        // Nothing calls them here, and only gcc makes code of them even so.
        const keep = compiler === "clang" ? [] : ["-fkeep-static-functions"];
        const strict = [...STRICT, "-Wno-unused-function", "-ffreestanding", ...keep, ...flags];
        for (const optimize of [["-O0"], ["-O2"], ["-Os"], ["-O2", "-fno-omit-frame-pointer"]]) {
          await command(compiler, [...strict, ...optimize, "-c", file, "-o", `${folder}/all.o`]);
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
