"""Synthetic vocabularies for the tiny models: one per tokenizer kind, each complete enough to encode any bytes.

Only the shape of a real vocabulary matters here (byte coverage, a few merges, control tokens); the entries mean
nothing. Every function returns a dict of GGUF metadata: key without the "tokenizer.ggml." prefix -> value.
"""

NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6  # GGUF's token types
SIZE = 288  # entries in every vocabulary


def byte_level_alphabet():
    """The 256 printable code points that stand for the byte values in GPT-2 vocabularies, indexed by byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    substitutes = iter(range(0x100, 0x200))
    return [chr(byte) if byte in printable else chr(next(substitutes)) for byte in range(256)]


def byte_level_bpe(pre, add_bos):
    """GPT-2 style: 256 byte symbols, a ladder of merges, control tokens at the end."""
    alphabet = byte_level_alphabet()
    space = alphabet[ord(" ")]
    merges = [
        (space, "t"),
        ("h", "e"),
        (space, "a"),
        (space + "t", "he"),
        ("i", "n"),
        ("e", "r"),
        (space, "s"),
        ("o", "n"),
        ("r", "e"),
        ("a", "t"),
        ("n", "d"),
        (space + "a", "nd"),
        ("i", "s"),
        ("o", "u"),
        ("e", "n"),
        (space, "o"),
        ("in", "g"),
        ("i", "t"),
        (space, "w"),
        ("o", "r"),
        ("e", "s"),
        (space, "f"),
        (space, "b"),
        (space, space),
    ]
    control = [
        "<|endoftext|>",
        "<|im_start|>",
        "<|im_end|>",
        "<|begin_of_text|>",
        "<|end_of_text|>",
        "<|eot_id|>",
        "<|reserved_0|>",
        "<|reserved_1|>",
    ]
    tokens = alphabet + [left + right for left, right in merges] + control
    assert len(tokens) == SIZE == len(set(tokens))
    return {
        "model": "gpt2",
        "pre": pre,
        "tokens": tokens,
        "token_type": [NORMAL] * (SIZE - len(control)) + [CONTROL] * len(control),
        "merges": [f"{left} {right}" for left, right in merges],
        "bos_token_id": tokens.index("<|begin_of_text|>"),
        "eos_token_id": tokens.index("<|im_end|>"),
        "add_bos_token": add_bos,
    }


def sentence_piece(add_space_prefix):
    """SentencePiece style: byte fallback, U+2581 for the space, merges implied by scores (earlier pieces win)."""
    control = ["<pad>", "<eos>", "<bos>"]
    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    space = "\u2581"
    pieces = [space + "the", "the", space + "t", "he", space + "a", "in", "er", *[space, *"etaoinshrdlucmfwypvb"]]
    tokens = control + ["<unk>"] + byte_tokens + pieces
    assert len(tokens) == SIZE == len(set(tokens))
    return {
        "model": "llama",
        "pre": "default",
        "tokens": tokens,
        "scores": [0.0] * 4 + [0.0] * 256 + [-float(rank) for rank in range(len(pieces))],
        "token_type": [CONTROL] * 3 + [UNKNOWN] + [BYTE] * 256 + [NORMAL] * len(pieces),
        "bos_token_id": 2,
        "eos_token_id": 1,
        "unknown_token_id": 3,
        "padding_token_id": 0,
        "add_bos_token": True,
        "add_eos_token": False,
        "add_space_prefix": add_space_prefix,
    }


def word_piece():
    """BERT style as GGUF stores it: U+2581 marks the start of a word, continuations stand bare."""
    control = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    start = "\u2581"
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = [start + letter for letter in letters] + list(letters)
    pieces += [start + mark for mark in "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~"]
    pieces += [start + word for word in ("the", "and", "of", "to", "in", "is", "on", "cat", "dog", "sat")]
    pieces += ["ing", "ed", "er", "es", "ly", "tion"]
    pieces += [f"[unused{number}]" for number in range(SIZE - len(control) - len(pieces))]
    tokens = control + pieces
    assert len(tokens) == SIZE == len(set(tokens))
    return {
        "model": "bert",
        "pre": "default",
        "tokens": tokens,
        "token_type": [CONTROL] * len(control) + [NORMAL] * len(pieces),
        "token_type_count": 2,
        "unknown_token_id": 1,
        "padding_token_id": 0,
        "cls_token_id": 2,
        "bos_token_id": 2,
        "eos_token_id": 3,
        "seperator_token_id": 3,  # spelled so in GGUF
        "mask_token_id": 4,
    }
