/** A small Arduino platform of our own, whose compiler is Debian's, and a sketch that uses a model. */

const FLAGS = "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16";

const PLATFORM = `name=Test
version=1.0.0
flags=-c -Os ${FLAGS} -ffunction-sections -fdata-sections -Wall -Wextra -Werror
recipe.c.o.pattern=arm-none-eabi-gcc {flags} -std=gnu11 -MMD {includes} "{source_file}" -o "{object_file}"
recipe.cpp.o.pattern=arm-none-eabi-g++ {flags} -std=gnu++11 -fno-exceptions -MMD {includes} "{source_file}" -o "{object_file}"
recipe.ar.pattern=arm-none-eabi-ar rcs "{archive_file_path}" "{object_file}"
recipe.c.combine.pattern=arm-none-eabi-gcc ${FLAGS} --specs=nosys.specs -Wl,--gc-sections -o "{build.path}/sketch.elf" {object_files} "{build.path}/{archive_file}"
recipe.size.pattern=arm-none-eabi-size -A "{build.path}/sketch.elf"
recipe.size.regex=^(?:\\.text|\\.data)\\s+([0-9]+).*
recipe.preproc.macros=arm-none-eabi-g++ {flags} -w -x c++ -E -CC {includes} "{source_file}" -o "{preprocessed_file_path}"
tools.ctags.cmd.path=arduino-ctags
tools.ctags.pattern="{cmd.path}" -u --language-force=c++ -f - --c++-kinds=svpf --fields=KSTtzns --line-directives "{source_file}"
preproc.macros.flags=-w -x c++ -E -CC
`;

/** As people write it: functions before their declaration, C++, no includes but the library's. */
const SKETCH = `#include <model.h>
static float values[KEDGE_INPUT_SIZE], scores[KEDGE_OUTPUT_SIZE];
static volatile int best;
void setup() {
  if (kedge_self_test() != 0) stop();
}
void loop() {
  kedge_run_float(values, scores);
  report(scores, KEDGE_OUTPUT_SIZE);
}
void report(const float *scores, int count) {
  for (int i = 1; i < count; i++) {
    if (scores[i] > scores[best]) best = i;
  }
}
void stop() {
  for (;;) {
  }
}
`;

/**
 * Writes platform and sketch.
 * @param folder with the library in `libraries/`.
 * @returns arguments of arduino-builder.
 */
export async function arduinoSketch(folder: string): Promise<string[]> {
  const files = {
    "hardware/test/arm/platform.txt": PLATFORM,
    "hardware/test/arm/boards.txt":
      "m4.name=M4\nm4.build.core=test\nm4.upload.maximum_size=1000000\n",
    "hardware/test/arm/cores/test/Arduino.h": "#pragma once\nvoid setup();\nvoid loop();\n",
    "hardware/test/arm/cores/test/main.cpp":
      '#include "Arduino.h"\nint main() {\n  setup();\n  for (;;) loop();\n}\n',
    "sketch/sketch.ino": SKETCH,
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(`${folder}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  await Deno.mkdir(`${folder}/build`);
  const at = (name: string) => `${folder}/${name}`;
  return ["-compile", "-hardware", at("hardware"), "-tools", at("hardware"), "-libraries"].concat(
    [at("libraries"), "-fqbn", "test:arm:m4", "-build-path", at("build"), at("sketch/sketch.ino")],
  );
}
