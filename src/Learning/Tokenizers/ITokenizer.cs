namespace EdgeFlora.Learning.Tokenizers;

/// <summary>Text to the token ids of one model, and back. Immutable and thread-safe; every text has ids, broken UTF-16 too.</summary>
public interface ITokenizer
{
    /// <summary>Ids are 0 … this − 1.</summary>
    int VocabularySize { get; }

    /// <summary>Ids of the tokens that stand for no text.</summary>
    SpecialTokens Special { get; }

    /// <summary>The ids of a text, or of a pair, with the special tokens that the model expects around them; what is too long is cut at the end of the longer text.</summary>
    /// <param name="text">First text; may be empty.</param>
    /// <param name="pair">Second text, or null.</param>
    /// <param name="maxTokens">Most ids to return, special tokens included.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxTokens"/> leaves no room for a token of each text.</exception>
    int[] Encode(string text, string? pair, int maxTokens);

    /// <summary>The first <paramref name="maxTokens"/> ids of a text, without special tokens: for prompts and completions that are put together from parts.</summary>
    int[] EncodeBare(string text, int maxTokens);

    /// <summary>The ids of a text that goes on: with the special tokens that stand before a text, but none of those after it.</summary>
    int[] EncodeOpen(string text);

    /// <summary>Where token type 1 begins in ids made by <see cref="Encode"/>; their count if all are of type 0.</summary>
    int SecondSegment(ReadOnlySpan<int> ids);

    /// <summary>The text of ids, special tokens left out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> ids);

    /// <summary>The token of an id as the vocabulary writes it, for people.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    string Token(int id);
}
