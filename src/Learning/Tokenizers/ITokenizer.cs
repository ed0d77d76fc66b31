namespace EdgeFlora.Learning.Tokenizers;

/// <summary>Text to the token ids of one model, and back. Immutable and thread-safe; every text has ids, broken UTF-16 too.</summary>
public interface ITokenizer
{
    /// <summary>Ids are 0 … this − 1.</summary>
    int VocabularySize { get; }

    /// <summary>Ids of the tokens that stand for no text.</summary>
    SpecialTokens Special { get; }

    /// <summary>Whether text that is too long loses its beginning; otherwise its end.</summary>
    bool DropsStart { get; }

    /// <summary>Whether special tokens that are written in a text are those tokens; otherwise they are ordinary text.</summary>
    bool MatchesSpecialTokens { get; }

    /// <summary>
    /// This tokenizer, for text in which special tokens are special tokens, or for text in which they are ordinary text, so that data cannot inject
    /// them.
    /// </summary>
    ITokenizer WithSpecialTokens(bool matched);

    /// <summary>How many special tokens are written in a text, whether they are found or not.</summary>
    int CountSpecialTokens(string text);

    /// <summary>
    /// The ids of a text, or of a pair, with the special tokens that the model expects around them; what is too long is cut from the longer text.
    /// </summary>
    /// <param name="text">First text; may be empty.</param>
    /// <param name="pair">Second text, or null.</param>
    /// <param name="maxTokens">Most ids to return, special tokens included.</param>
    /// <param name="secondSegment">Where token type 1 begins; the ids' count if all are of type 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxTokens"/> leaves no room for a token of each text.</exception>
    int[] Encode(string text, string? pair, int maxTokens, out int secondSegment);

    /// <inheritdoc cref="Encode(string, string?, int, out int)"/>
    int[] Encode(string text, string? pair, int maxTokens) => Encode(text, pair, maxTokens, out _);

    /// <summary>
    /// The first <paramref name="maxTokens"/> ids of a text, without special tokens: for prompts and completions that are put together from parts.
    /// </summary>
    int[] EncodeBare(string text, int maxTokens);

    /// <summary>The ids of a text that goes on: with the special tokens that stand before a text, but none of those after it.</summary>
    int[] EncodeOpen(string text);

    /// <summary>The text of ids, special tokens left out.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> ids);

    /// <summary>The token of an id as the vocabulary writes it, for people.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    string Token(int id);
}
