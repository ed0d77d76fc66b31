namespace EdgeFlora.Learning.Kernels;

/// <summary>How attention divides its rows into heads, and which tokens a token sees.</summary>
public sealed record AttentionShape
{
    /// <param name="heads">Heads of the query; ≥ 1.</param>
    /// <param name="keyHeads">Heads of key and value, each shared by heads/keyHeads neighbouring query heads (arXiv 2305.13245); divides <paramref name="heads"/>.</param>
    /// <param name="causal">Whether a token sees itself and earlier tokens only.</param>
    /// <param name="window">Tokens that a token sees at most, itself included (arXiv 2310.06825); null for no limit. Causal attention only.</param>
    /// <exception cref="ArgumentException">The heads do not divide, or there is a window without causality.</exception>
    public AttentionShape(int heads, int keyHeads, bool causal, int? window = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(keyHeads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(window ?? 1, 1, nameof(window));
        if (heads % keyHeads != 0)
        {
            throw new ArgumentException($"{heads} query heads cannot share {keyHeads} key heads evenly.", nameof(keyHeads));
        }

        if (window is not null && !causal)
        {
            throw new ArgumentException("A window looks back from a token: it takes causal attention.", nameof(window));
        }

        (Heads, KeyHeads, Causal, Window) = (heads, keyHeads, causal, window);
    }

    public int Heads { get; }

    public int KeyHeads { get; }

    public bool Causal { get; }

    public int? Window { get; }

    /// <summary>Every token sees every token of its sequence; each head has its own key and value.</summary>
    public static AttentionShape Full(int heads) => new(heads, heads, causal: false);
}
