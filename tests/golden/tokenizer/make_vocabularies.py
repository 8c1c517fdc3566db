#!/usr/bin/env python3
"""Trains the small vocabularies of the tokenizer tests: GGUF files without weights, written beside this script.

    python make_vocabularies.py        # needs: pip install gguf tokenizers

gpt-2, qwen2 and llama-bpe differ in their pre-splitter, so each is trained with its own; llama-2.gguf is SentencePiece
with byte fallback and a leading blank. The training text is drawn from strings.py with another seed than the golden
texts.
"""

import json
from collections import Counter
from pathlib import Path

import gguf
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from strings import WORD_MARK, Texts

HERE = Path(__file__).parent

CONTRACTIONS_ANY_CASE = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
MODERN = r"|[^\r\n\p{L}\p{N}]?\p{L}+|" + "{digits}" + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
PATTERNS = {
    "gpt-2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "qwen2": CONTRACTIONS_ANY_CASE + MODERN.replace("{digits}", r"\p{N}"),
    "llama-bpe": CONTRACTIONS_ANY_CASE + MODERN.replace("{digits}", r"\p{N}{1,3}"),
}
CONTROL = {
    "gpt-2": ["<|endoftext|>"],
    "qwen2": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    "llama-bpe": ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    "llama-2": ["<s>", "</s>", "<|turn|>"],
}
# Matched in any text, trusted or not, longest first.
USER_DEFINED = {"gpt-2": [], "qwen2": ["<tool_call>", "</tool_call>", "<tool_call></tool_call>"], "llama-bpe": [],
                "llama-2": ["[tool]", "[tool][tool]"]}
VOCABULARY_SIZE = 2500


def training_texts():
    texts = Texts(seed=1)
    kinds = [texts.words, texts.contractions, texts.numbers, texts.white_space, texts.code, texts.emoji, texts.scripts,
             texts.repeats]
    return [draw() for draw in kinds for _ in range(400)]


def byte_splitter(pre):
    """How text becomes the pieces that a BPE model sees, each byte as a printable character."""
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(PATTERNS[pre]), "isolated"),
                                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def train_bpe(pre):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = byte_splitter(pre)
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY_SIZE, show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(training_texts(), trainer)
    return tokenizer


def vocabulary_and_merges(tokenizer):
    model = json.loads(tokenizer.to_str())["model"]
    entries = sorted(model["vocab"], key=model["vocab"].get)
    return entries, [" ".join(pair) if isinstance(pair, list) else pair for pair in model["merges"]]


def new_writer(path, model, pre):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model(model)
    writer.add_tokenizer_pre(pre)
    return writer


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def write_byte_level(pre):
    entries, merges = vocabulary_and_merges(train_bpe(pre))
    types = [gguf.TokenType.NORMAL] * len(entries)
    for added, token_type in ((CONTROL, gguf.TokenType.CONTROL), (USER_DEFINED, gguf.TokenType.USER_DEFINED)):
        entries += added[pre]
        types += [token_type] * len(added[pre])
    writer = new_writer(HERE / f"{pre}.gguf", "gpt2", pre)
    writer.add_token_list(entries)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(entries.index(CONTROL[pre][-1]))
    writer.add_bos_token_id(entries.index(CONTROL[pre][0]))
    finish(writer)


def write_llama2(path=HERE / "llama-2.gguf", add_blank=True):
    """Entries and scores in the order of Llama 2's: specials, bytes, merged entries as learnt, single characters."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(WORD_MARK + "*[^" + WORD_MARK + "\n]+|\n"), "isolated")
    texts = [text.replace(" ", WORD_MARK) for text in training_texts()]
    counts = Counter(character for text in texts for character in text)
    # The trainer's own limit chooses among equally frequent characters at random.
    alphabet = sorted(counts, key=lambda character: (-counts[character], character))[:600]
    texts = ["".join(c for c in text if c in alphabet) for text in texts]
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY_SIZE, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    learnt, _ = vocabulary_and_merges(tokenizer)
    merged = [entry for entry in learnt if len(entry) > 1]
    characters = [entry for entry in learnt if len(entry) == 1]

    tokens = [("<unk>", 0.0, gguf.TokenType.UNKNOWN)]
    tokens += [(entry, 0.0, gguf.TokenType.CONTROL) for entry in CONTROL["llama-2"]]
    tokens += [(f"<0x{byte:02X}>", 0.0, gguf.TokenType.BYTE) for byte in range(256)]
    tokens += [(entry, -float(rank), gguf.TokenType.NORMAL) for rank, entry in enumerate(merged + characters)]
    tokens += [(entry, 0.0, gguf.TokenType.USER_DEFINED) for entry in USER_DEFINED["llama-2"]]
    writer = new_writer(path, "llama", "default")
    writer.add_token_list([entry for entry, _, _ in tokens])
    writer.add_token_scores([score for _, score, _ in tokens])
    writer.add_token_types([token_type for _, _, token_type in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_space_prefix(add_blank)
    finish(writer)


def main():
    for pre in PATTERNS:
        write_byte_level(pre)
    write_llama2()


if __name__ == "__main__":
    main()
