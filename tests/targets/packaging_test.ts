/** What people build with takes the emitted folder: real builds where the tool is there. */
import assert from "node:assert/strict";
import { Ajv } from "ajv";
import { BOARDS, emitMcu } from "../../converters/targets/mcu/mod.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { arduinoSketch } from "../helpers/arduino.ts";
import { command } from "../helpers/c_compiler.ts";
import { withoutTools, writeFiles } from "../helpers/emitted.ts";
import { exampleFile } from "../helpers/example_file.ts";

const packed = await exampleFile();
const files = await emitMcu(packed, readModel(packed), BOARDS["cortex-m4"]);
const M4 = BOARDS["cortex-m4"].flags;

/** A program in C++, as firmwares are: it runs the self-test. */
const MAIN = `#include "model.h"
static int8_t in[KEDGE_INPUT_SIZE], out[KEDGE_OUTPUT_SIZE];
int main() {
  kedge_run(in, out);
  return kedge_self_test();
}
`;

/** What CMake is told of the Cortex-M4. */
const TOOLCHAIN = `set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m4)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_C_FLAGS_INIT "${M4.join(" ")} -Wall -Wextra -Werror")
set(CMAKE_CXX_FLAGS_INIT "${M4.join(" ")} -Wall -Wextra -Werror")
set(CMAKE_EXE_LINKER_FLAGS_INIT "--specs=nosys.specs")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
`;

const APPLICATION = `cmake_minimum_required(VERSION 3.13)
project(application C CXX)
add_subdirectory(model)
add_executable(application main.cpp)
target_link_libraries(application kedge_model)
# Debian has no C++ library for Arm, and none is needed.
set_target_properties(application PROPERTIES LINKER_LANGUAGE C)
`;

/**
 * An application of Zephyr with the model as a module, and of Zephyr's own CMake functions what
 * the module calls, written after their documentation: a library by name, its sources and options,
 * directories for all that is built.
 */
const ZEPHYR = `cmake_minimum_required(VERSION 3.13)
project(zephyr_application C CXX)
add_library(zephyr_interface INTERFACE)
function(zephyr_include_directories)
  target_include_directories(zephyr_interface INTERFACE \${ARGV})
endfunction()
macro(zephyr_library_named name)
  set(ZEPHYR_CURRENT_LIBRARY \${name})
  add_library(\${name} STATIC "")
  target_link_libraries(\${name} PUBLIC zephyr_interface)
  set_property(GLOBAL APPEND PROPERTY ZEPHYR_LIBS \${name})
endmacro()
function(zephyr_library_sources)
  target_sources(\${ZEPHYR_CURRENT_LIBRARY} PRIVATE \${ARGV})
endfunction()
function(zephyr_library_compile_options)
  target_compile_options(\${ZEPHYR_CURRENT_LIBRARY} PRIVATE \${ARGV})
endfunction()
add_subdirectory(model/zephyr modules/kedge_model)
get_property(libraries GLOBAL PROPERTY ZEPHYR_LIBS)
add_executable(application main.cpp)
target_link_libraries(application zephyr_interface -Wl,--whole-archive \${libraries} -Wl,--no-whole-archive)
set_target_properties(application PROPERTIES LINKER_LANGUAGE C)
`;

/** Makes a folder with an application around the emitted one, and builds it. */
async function inApplication(
  texts: Readonly<Record<string, string>>,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await writeFiles(`${folder}/model`, files);
    for (const [name, text] of Object.entries(texts)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function cmake(folder: string, ...more: string[]): Promise<void> {
  await command("cmake", ["-S", folder, "-B", `${folder}/out`, ...more]);
  await command("cmake", ["--build", `${folder}/out`]);
}

const host = withoutTools("cmake", "gcc", "g++");
const cross = withoutTools("cmake", "arm-none-eabi-gcc", "arm-none-eabi-g++");
const arduino = withoutTools("arduino-builder", "arm-none-eabi-gcc", "arm-none-eabi-g++");

for (const [title, lists] of Object.entries({ CMake: APPLICATION, "Zephyr's module": ZEPHYR })) {
  Deno.test({
    name: `${title}: a program of this machine passes the self-test${host}`,
    ignore: host !== "",
    fn: () =>
      inApplication({ "CMakeLists.txt": lists, "main.cpp": MAIN }, async (folder) => {
        await cmake(folder);
        await command(`${folder}/out/application`, []);
      }),
  });

  Deno.test({
    name: `${title}: cross-compiled for Cortex-M4${cross}`,
    ignore: cross !== "",
    fn: () =>
      inApplication(
        { "CMakeLists.txt": lists, "main.cpp": MAIN, "arm.cmake": TOOLCHAIN },
        async (folder) => {
          await cmake(folder, `-DCMAKE_TOOLCHAIN_FILE=${folder}/arm.cmake`);
          const found = (await command("arm-none-eabi-nm", [`${folder}/out/application`])).slice();
          assert.match(new TextDecoder().decode(found), / T kedge_invoke$/m);
        },
      ),
  });
}

Deno.test("Zephyr's module.yml says what the documentation asks for", () => {
  const lines = text("zephyr/module.yml").trimEnd().split("\n");
  // name, and below build the folder with CMakeLists.txt; all that a module without Kconfig needs.
  assert.match(lines[0], /^name: [A-Za-z0-9_-]+$/);
  assert.deepEqual(lines.slice(1), ["build:", "  cmake: zephyr"]);
  assert.ok(files.has("zephyr/CMakeLists.txt"));
});

Deno.test({
  name: `Arduino: arduino-builder finds the library and builds a sketch${arduino}`,
  ignore: arduino !== "",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await writeFiles(`${folder}/libraries/kedge_model`, files);
      await command("arduino-builder", await arduinoSketch(folder));
      const made = await command("arm-none-eabi-nm", [`${folder}/build/sketch.elf`]);
      assert.match(new TextDecoder().decode(made), / T kedge_invoke$/m);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("library.properties has the fields that Arduino asks for", () => {
  const fields = Object.fromEntries(
    text("library.properties").trimEnd().split("\n").map((line) => line.split(/=(.*)/, 2)),
  );
  assert.match(fields.name, /^[A-Za-z0-9][A-Za-z0-9_. -]{0,62}$/);
  assert.match(fields.version, /^\d+\.\d+\.\d+$/);
  for (const name of ["author", "maintainer", "sentence", "paragraph", "architectures"]) {
    assert.ok(fields[name], name);
  }
  assert.equal(fields.category, "Data Processing");
  assert.equal(fields.includes, "model.h");
  assert.ok("url" in fields);
});

/** What a build with PlatformIO reads of library.json. */
interface Library {
  headers: string;
  build: { srcDir: string; includeDir: string; srcFilter: string[]; flags: string[] };
}

/** Of PlatformIO's documented fields those that are used here, and no others. */
const PLATFORMIO = {
  type: "object",
  additionalProperties: false,
  required: ["name", "version", "description", "build"],
  properties: {
    name: { type: "string", pattern: "^[^:;/,@<>]{1,100}$" },
    version: { type: "string", pattern: "^\\d+\\.\\d+\\.\\d+$" },
    description: { type: "string", minLength: 1, maxLength: 255 },
    frameworks: { const: "*" },
    platforms: { const: "*" },
    headers: { type: "string" },
    build: {
      type: "object",
      additionalProperties: false,
      properties: {
        srcDir: { type: "string" },
        includeDir: { type: "string" },
        srcFilter: { type: "array", items: { type: "string", pattern: "^[+-]<[^>]+>$" } },
        flags: { type: "array", items: { type: "string", pattern: "^-" } },
      },
    },
  },
};

Deno.test({
  name: `PlatformIO: library.json is in its form, and what it lists builds${
    withoutTools("arm-none-eabi-gcc", "arm-none-eabi-g++")
  }`,
  ignore: withoutTools("arm-none-eabi-gcc", "arm-none-eabi-g++") !== "",
  fn: () =>
    inApplication({ "main.cpp": MAIN }, async (folder) => {
      const library: Library = JSON.parse(text("library.json"));
      const validate = new Ajv().compile(PLATFORMIO);
      assert.ok(validate({ ...library }), JSON.stringify(validate.errors));
      const { srcDir, includeDir, srcFilter, flags } = library.build;
      const sources = srcFilter.filter((rule) => rule.startsWith("+"))
        .map((rule) => `${folder}/model/${srcDir}/${rule.slice(2, -1)}`);
      assert.ok(files.has(library.headers));
      const include = `-I${folder}/model/${includeDir}`;
      for (const [compiler, source] of [["gcc", sources[0]], ["g++", `${folder}/main.cpp`]]) {
        await command(
          `arm-none-eabi-${compiler}`,
          [...M4, ...flags, "-Werror", include, "-c"]
            .concat(source, "-o", `${folder}/${compiler}.o`),
        );
      }
      assert.equal(sources.length, 1);
    }),
});

function text(name: string): string {
  return new TextDecoder().decode(files.get(name));
}
