"""`tf.contrib.learn.preprocessing`: words as numbers."""

from __future__ import annotations

import collections
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from cnn_mnist.tf_compat import tf

TOKENIZER_RE = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\'\w\-]+", re.UNICODE)
"""What a word is: capital letters, a part of a name such as `TensorFlow`, or word characters."""


def tokenizer(iterator: Iterable[str]) -> Iterator[list[str]]:
    """Yields the words of each text."""
    for value in iterator:
        yield TOKENIZER_RE.findall(value)


class CategoricalVocabulary:
    """Numbers for words, or for other categories; 0 is for unknown ones.

    Args:
      unknown_token: the word of number 0.
      support_reverse: whether `reverse` can be used.
    """

    def __init__(self, unknown_token: str = "<UNK>", support_reverse: bool = True) -> None:
        self._unknown_token = unknown_token
        self._mapping = {unknown_token: 0}
        self._support_reverse = support_reverse
        if support_reverse:
            self._reverse_mapping = [unknown_token]
        self._freq: dict[Any, int] = collections.defaultdict(int)
        self._freeze = False

    def __len__(self) -> int:
        return len(self._mapping)

    def freeze(self, freeze: bool = True) -> None:
        """Has new words be unknown from now on, or not."""
        self._freeze = freeze

    def get(self, category: Any) -> int:
        """Returns a word's number; a new word gets the next one."""
        if category not in self._mapping:
            if self._freeze:
                return 0
            self._mapping[category] = len(self._mapping)
            if self._support_reverse:
                self._reverse_mapping.append(category)
        return self._mapping[category]

    def add(self, category: Any, count: int = 1) -> None:
        """Counts a word."""
        if self.get(category) > 0:
            self._freq[category] += count

    def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
        """Leaves out words that are not frequent, and numbers the others anew by frequency.

        Args:
          min_frequency: up to which frequency a word is left out.
          max_frequency: from which frequency too, if it is positive.
        """
        by_name = sorted(self._freq.items(), key=lambda item: (isinstance(item[0], str), item[0]))
        kept = [
            (category, count)
            for category, count in sorted(by_name, key=lambda item: item[1], reverse=True)
            if count > min_frequency and not 0 < max_frequency <= count
        ]
        words = [self._unknown_token, *(category for category, _ in kept)]
        self._mapping = {word: number for number, word in enumerate(words)}
        if self._support_reverse:
            self._reverse_mapping = words
        self._freq = dict(kept)

    def reverse(self, class_id: int) -> Any:
        """Returns the word of a number.

        Raises:
          ValueError: the vocabulary was made without `support_reverse`.
        """
        if not self._support_reverse:
            raise ValueError("this vocabulary was made without support_reverse")
        return self._reverse_mapping[class_id]


class VocabularyProcessor:
    """Texts as rows of numbers of words.

    Args:
      max_document_length: how many words of a text; shorter ones end with 0.
      min_frequency: up to which frequency a word is unknown.
      vocabulary: a `CategoricalVocabulary`.
      tokenizer_fn: yields the words of each text, see `tokenizer`.
    """

    def __init__(
        self,
        max_document_length: int,
        min_frequency: int = 0,
        vocabulary: CategoricalVocabulary | None = None,
        tokenizer_fn: Callable[[Iterable[str]], Iterable[list[str]]] | None = None,
    ) -> None:
        self.max_document_length = max_document_length
        self.min_frequency = min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents: Iterable[str], unused_y: Any = None) -> VocabularyProcessor:
        """Learns the words of texts, and freezes the vocabulary."""
        for words in self._tokenizer(raw_documents):
            for word in words:
                self.vocabulary_.add(word)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(
        self, raw_documents: Iterable[str], unused_y: Any = None
    ) -> Iterator[np.ndarray]:
        """Learns the words of texts and returns their rows; see `transform`."""
        self.fit(raw_documents)
        return self.transform(raw_documents)

    def transform(self, raw_documents: Iterable[str]) -> Iterator[np.ndarray]:
        """Yields the row of each text, int64 `[max_document_length]`."""
        for words in self._tokenizer(raw_documents):
            row = np.zeros(self.max_document_length, np.int64)
            for place, word in enumerate(words[: self.max_document_length]):
                row[place] = self.vocabulary_.get(word)
            yield row

    def reverse(self, documents: Iterable[Iterable[int]]) -> Iterator[str]:
        """Yields the text of each row, with spaces between its words."""
        for row in documents:
            yield " ".join(self.vocabulary_.reverse(number) for number in row)

    def save(self, filename: str) -> None:
        """Writes the vocabulary and the two settings to a file, as JSON.

        Raises:
          ValueError: there is a `tokenizer_fn`, which a file cannot keep.
        """
        if self._tokenizer is not tokenizer:
            raise ValueError("a VocabularyProcessor with a tokenizer_fn cannot be saved")
        stored = {**vars(self), "vocabulary_": vars(self.vocabulary_)}
        del stored["_tokenizer"]
        with tf.gfile.Open(filename, "w") as file:
            file.write(json.dumps(stored))

    @classmethod
    def restore(cls, filename: str) -> VocabularyProcessor:
        """Reads what `save` wrote.

        Raises:
          ValueError: the file is not such a file. One that TensorFlow 1 wrote is a pickle, and
            reading it would run what it names.
        """
        with tf.gfile.Open(filename, "rb") as file:
            content = file.read()
        try:
            stored = json.loads(content)
            vocabulary = CategoricalVocabulary()
            vars(vocabulary).update(stored.pop("vocabulary_"))
            vocabulary._freq = collections.defaultdict(int, vocabulary._freq)
            return cls(**stored, vocabulary=vocabulary)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(
                f"{filename} was not saved by this VocabularyProcessor; a file of TensorFlow 1 is "
                "a pickle, which could run programs: fit the texts again"
            ) from error


class ByteProcessor:
    """Texts as rows of bytes.

    Args:
      max_document_length: how many bytes of a text; shorter ones end with 0.
    """

    def __init__(self, max_document_length: int) -> None:
        self.max_document_length = max_document_length

    def fit(self, x: Any) -> None:
        """Does nothing; there is nothing to learn."""

    def fit_transform(self, x: Iterable[Any]) -> Iterator[np.ndarray]:
        """See `transform`."""
        return self.transform(x)

    def transform(self, x: Iterable[Any]) -> Iterator[np.ndarray]:
        """Yields the row of each text, uint8 `[max_document_length]`."""
        for document in x:
            encoded = document.encode() if isinstance(document, str) else bytes(document)
            row = np.frombuffer(encoded[: self.max_document_length], np.uint8)
            yield np.pad(row, (0, self.max_document_length - len(row)))

    def reverse(self, x: Iterable[np.ndarray]) -> Iterator[str]:
        """Yields the text of each row, or nothing if it is not UTF-8."""
        for row in x:
            encoded = np.trim_zeros(np.asarray(row).astype(np.uint8), trim="b").tobytes()
            try:
                yield encoded.decode()
            except UnicodeDecodeError:
                yield ""
