/**
 * Files that let the emitted C drop into what people build with: CMake, PlatformIO, Arduino, Zephyr.
 * @module
 */
import { commentText } from "./write_header.ts";

/** Paths with contents. */
export function packagingFiles(model: string, version: string): [string, string][] {
  const about = `${commentText(model).replaceAll('"', "'")}, made for microcontrollers by kedge`;
  return [
    ["CMakeLists.txt", CMAKE],
    ["library.json", libraryJson(about, version)],
    ["library.properties", libraryProperties(about, version)],
    ["zephyr/module.yml", ZEPHYR_MODULE],
    ["zephyr/CMakeLists.txt", ZEPHYR_CMAKE],
    ["README.md", readme(about)],
  ];
}

const CMAKE = `# add_subdirectory(THIS_FOLDER), then target_link_libraries(YOUR_TARGET kedge_model)
cmake_minimum_required(VERSION 3.13)
project(kedge_model C)
add_library(kedge_model STATIC model.c)
target_include_directories(kedge_model PUBLIC \${CMAKE_CURRENT_SOURCE_DIR})
set_target_properties(kedge_model PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON)
target_compile_options(kedge_model PRIVATE -O2 -ffp-contract=off -ffunction-sections -fdata-sections)
`;

function libraryJson(about: string, version: string): string {
  return JSON.stringify(
    {
      name: "kedge_model",
      version,
      description: about,
      frameworks: "*",
      platforms: "*",
      headers: "model.h",
      build: {
        srcDir: ".",
        srcFilter: ["-<*>", "+<model.c>"],
        includeDir: ".",
        flags: ["-O2", "-ffp-contract=off"],
      },
    },
    null,
    2,
  ) + "\n";
}

function libraryProperties(about: string, version: string): string {
  return `name=kedge_model
version=${version}
author=kedge
maintainer=kedge
sentence=${about}
paragraph=A neural network as self-contained C99 with its weights.
category=Data Processing
url=
architectures=*
includes=model.h
`;
}

const ZEPHYR_MODULE = `name: kedge_model
build:
  cmake: zephyr
`;

const ZEPHYR_CMAKE =
  `# ZEPHYR_EXTRA_MODULES=THIS_FOLDER makes model.h and model.c a part of the application.
zephyr_library_named(kedge_model)
zephyr_include_directories(\${CMAKE_CURRENT_LIST_DIR}/..)
zephyr_library_sources(\${CMAKE_CURRENT_LIST_DIR}/../model.c)
zephyr_library_compile_options(-O2 -ffp-contract=off)
`;

function readme(about: string): string {
  return `${about}.

\`\`\`c
#include "model.h"

static int8_t in[KEDGE_INPUT_SIZE], out[KEDGE_OUTPUT_SIZE];

if (kedge_self_test() != 0) { /* this chip computes something else */ }
kedge_run(in, out); /* or kedge_run_float(values, scores) */
\`\`\`

Compile \`model.c\` as C99 with -O2. CMake, PlatformIO, Arduino and Zephyr take this folder as a
library. \`check/\` is not part of it: with check.c in your firmware, \`kedge check THIS_FOLDER --port
/dev/ttyACM0 --data D\` compares your own board with the reference.
`;
}
