#!/usr/bin/env python3
"""Are free answers calls, and does llama.cpp give the same ones with the same adapter?

    build/dev/training/tools/answer_tool_examples MODEL ADAPTER < held-out.tokens.jsonl > answers.jsonl
    build/venv-peers/bin/python training/tools/check_answers.py answers.jsonl [--model MODEL --adapter ADAPTER]

Prints how many answers are valid JSON of the form {"name", "arguments"}; with --model, how many texts llama.cpp writes,
too (its own kernels round otherwise, so that a close choice between two tokens may differ).
"""

import argparse
import ctypes
import json
import sys
from pathlib import Path

MOST_TOKENS = 128


def is_call(text):
    try:
        call = json.loads('{"name": "' + text)
    except ValueError:
        return False
    return isinstance(call, dict) and set(call) == {"name", "arguments"} and isinstance(call["arguments"], dict)


def peer_texts(model, adapter, prompts):
    """What llama.cpp writes greedily behind each prompt."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "golden" / "reference"))
    import llama_cpp as api
    import llama_peer
    import numpy as np

    with llama_peer.LlamaPeer(model, threads=2, context_tokens=2048, batch_tokens=2048) as peer:
        lora = api.llama_adapter_lora_init(peer.model, adapter.encode())
        set_adapters = getattr(api, "llama_set_adapters_lora", None)
        if set_adapters:
            set_adapters(peer.context, (type(lora) * 1)(lora), 1, (ctypes.c_float * 1)(1.0))
        else:
            api.llama_set_adapter_lora(peer.context, lora, 1.0)
        vocabulary = api.llama_model_get_vocab(peer.model)
        for prompt in prompts:
            ids, written = list(prompt), b""
            peer.clear()
            read = 0
            while len(ids) - len(prompt) < MOST_TOKENS:
                peer.fill_batch(ids[read:], read, all_logits=False)
                peer.decode()
                read = len(ids)
                pointer = api.llama_get_logits_ith(peer.context, -1)
                best = int(np.ctypeslib.as_array(pointer, (peer.vocabulary_size,)).argmax())
                if api.llama_vocab_is_eog(vocabulary, best):
                    break
                piece = ctypes.create_string_buffer(64)
                size = api.llama_token_to_piece(vocabulary, best, piece, 64, 0, False)
                written += piece.raw[:size]
                ids.append(best)
            yield written.decode(errors="replace")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--adapter")
    parser.add_argument("--sample", type=int, default=30, help="so many of them in llama.cpp")
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.answers.read_text().splitlines()]
    print(f"valid calls: {sum(is_call(row['text']) for row in rows)} of {len(rows)}")
    if args.model:
        rows = rows[:args.sample]
        texts = list(peer_texts(args.model, args.adapter, [row["prompt"] for row in rows]))
        print(f"the same in llama.cpp: {sum(a == row['text'] for a, row in zip(texts, rows))} of {len(rows)}")
        for text, row in zip(texts, rows):
            if text != row["text"]:
                print("  favilla:  ", row["text"], "\n  llama.cpp:", text)


if __name__ == "__main__":
    main()
