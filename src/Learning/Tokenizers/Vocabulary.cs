namespace EdgeFlora.Learning.Tokenizers;

/// <summary>Tokens by id.</summary>
internal sealed class Vocabulary
{
    /// <summary>Most tokens; the largest vocabularies in use have a quarter of a million.</summary>
    public const int MaxTokens = 2_000_000;

    private readonly string?[] tokens;
    private readonly IReadOnlySet<int> special;

    /// <param name="tokens">
    /// Tokens and their ids below <see cref="MaxTokens"/>; of two with one id the later holds. Ids may have gaps, as some published files do.
    /// </param>
    /// <param name="special">Ids that stand for no text.</param>
    /// <exception cref="InvalidDataException">There is no token.</exception>
    public Vocabulary(IReadOnlyCollection<KeyValuePair<string, int>> tokens, IReadOnlySet<int> special)
    {
        if (tokens.Count == 0)
        {
            throw new InvalidDataException("the vocabulary is empty; it has at least one token.");
        }

        this.special = special;
        this.tokens = new string?[tokens.Max(token => token.Value) + 1];
        foreach ((string token, int id) in tokens)
        {
            this.tokens[id] = token;
        }
    }

    public int Size => tokens.Length;

    public bool IsSpecial(int id) => special.Contains(id);

    /// <summary>The token of an id; empty in a gap.</summary>
    public string Token(int id) => id >= 0 && id < tokens.Length
        ? tokens[id] ?? ""
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"Ids of this vocabulary are 0 … {tokens.Length - 1}.");
}
