"""llama.cpp through the low-level bindings of llama-cpp-python: logits, embeddings and timings of its own decode call.

    with LlamaPeer("model.gguf", threads=2) as peer:
        logits = peer.logits([1, 2, 3])            # float32 [3, vocabulary]

The high-level class of the package is avoided on purpose: its Python copies would be timed too.
Needs llama-cpp-python, installed by `pip install --no-binary llama-cpp-python llama-cpp-python` so that it is built for
this machine's CPU.
"""

import ctypes

import llama_cpp as api
import numpy as np

FLASH_ATTENTION = {"auto": -1, "off": 0, "on": 1}


@api.llama_log_callback
def _discard_log(level, text, user_data):
    pass


def system_info():
    return api.llama_print_system_info().decode().strip()


class LlamaPeer:
    """One model with one context. batch_tokens is also the physical batch, so a prompt of that length is one pass.

    flash_attention: a key of FLASH_ATTENTION. cache_type: of K and V, a GGML type id (0 F32, 1 F16).
    repack: weights rearranged at load for the CPU's widest instructions, as llama.cpp does by default; its AMX kernels
    crash on matrices of fewer than 32 rows, so the tiny models need False. weights_of: a peer of the same file whose
    loaded weights to share; it must outlive this one.
    """

    def __init__(
        self,
        path,
        threads,
        context_tokens=1024,
        batch_tokens=512,
        flash_attention="auto",
        embeddings=False,
        cache_type=1,
        repack=True,
        weights_of=None,
    ):
        self.model = weights_of.model if weights_of else self._load(path, repack)
        self.owns_model = weights_of is None
        params = api.llama_context_default_params()
        params.n_ctx = context_tokens
        params.n_batch = params.n_ubatch = batch_tokens
        params.n_threads = params.n_threads_batch = threads
        params.flash_attn_type = FLASH_ATTENTION[flash_attention]
        params.embeddings = embeddings
        params.type_k = params.type_v = cache_type
        self.context = api.llama_init_from_model(self.model, params)
        if not self.context:
            raise RuntimeError(f"llama.cpp cannot make a context for {path}")
        self.vocabulary_size = api.llama_vocab_n_tokens(api.llama_model_get_vocab(self.model))
        self.hidden = api.llama_model_n_embd(self.model)
        self.batch_tokens = batch_tokens
        self.batch = api.llama_batch_init(batch_tokens, 0, 1)

    @staticmethod
    def _load(path, repack):
        api.llama_log_set(_discard_log, ctypes.c_void_p(0))
        api.llama_backend_init()
        params = api.llama_model_default_params()
        params.use_extra_bufts = repack
        model = api.llama_model_load_from_file(str(path).encode(), params)
        if not model:
            raise RuntimeError(f"llama.cpp cannot load {path}")
        return model

    def __enter__(self):
        return self

    def __exit__(self, *_):
        api.llama_batch_free(self.batch)
        api.llama_free(self.context)
        if self.owns_model:
            api.llama_model_free(self.model)

    def tokenize(self, text):
        """Token ids of plain text, with BOS where the model asks for one."""
        data = text.encode()
        ids = (api.llama_token * (len(data) + 8))()
        vocabulary = api.llama_model_get_vocab(self.model)
        count = api.llama_tokenize(vocabulary, data, len(data), ids, len(ids), True, False)
        return list(ids[:count])

    def bos(self):
        """The token that starts every text; None for models that add none."""
        vocabulary = api.llama_model_get_vocab(self.model)
        return int(api.llama_vocab_bos(vocabulary)) if api.llama_vocab_get_add_bos(vocabulary) else None

    def clear(self):
        api.llama_memory_clear(api.llama_get_memory(self.context), True)

    def truncate(self, count):
        """Forgets the tokens from position `count` on."""
        api.llama_memory_seq_rm(api.llama_get_memory(self.context), 0, count, -1)

    def fill_batch(self, ids, start, all_logits):
        """Puts ids at positions start, start + 1, ... into the batch."""
        batch = self.batch
        batch.n_tokens = len(ids)
        for index, token in enumerate(ids):
            batch.token[index] = int(token)
            batch.pos[index] = start + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = all_logits or index == len(ids) - 1

    def decode(self):
        """Evaluates the batch; blocks until the results are there. This call alone is what a benchmark should time."""
        status = api.llama_decode(self.context, self.batch)
        api.llama_synchronize(self.context)
        if status != 0:
            raise RuntimeError(f"llama_decode returned {status}")

    def logits(self, ids):
        """Logits of every position from an empty cache: float32 [len(ids), vocabulary]."""
        return np.concatenate(list(self.logits_by_batch(ids)))

    def logits_by_batch(self, ids):
        """As logits, but yields the rows of one batch at a time: all those of a large vocabulary are gigabytes."""
        self.clear()
        for start in range(0, len(ids), self.batch_tokens):
            part = ids[start : start + self.batch_tokens]
            self.fill_batch(part, start, all_logits=True)
            self.decode()
            pointer = api.llama_get_logits(self.context)
            yield np.ctypeslib.as_array(pointer, (len(part), self.vocabulary_size)).copy()

    def embedding(self, ids):
        """The pooled vector of one text [hidden], L2-normalised."""
        self.clear()
        self.fill_batch(ids, 0, all_logits=True)
        self.decode()
        vector = np.ctypeslib.as_array(api.llama_get_embeddings_seq(self.context, 0), (self.hidden,)).astype(np.float64)
        return vector / np.linalg.norm(vector)
