using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>Tokens of one forward pass that follow others of the same texts. Lives within one dispose scope.</summary>
internal sealed class NewTokens
{
    private readonly Tensor positions;
    private (int? Window, Tensor Mask)? seen;

    /// <param name="sequences">The new tokens; one sequence for each text.</param>
    /// <param name="read">Tokens of each text that came before.</param>
    public NewTokens(PackedSequences sequences, IReadOnlyList<int> read, Device device)
    {
        Sequences = sequences;
        var texts = new List<long>();
        var places = new List<long>();
        long[] padded = new long[sequences.Count * sequences.Longest];
        for (int text = 0; text < sequences.Count; text++)
        {
            int length = sequences.LengthOf(text);
            Longest = Math.Max(Longest, read[text] + length);
            for (int t = 0; t < sequences.Longest; t++)
            {
                padded[(text * sequences.Longest) + t] = read[text] + t;
                if (t < length)
                {
                    texts.Add(text);
                    places.Add(read[text] + t);
                }
            }
        }

        (Texts, Places) = (tensor(texts.ToArray(), device: device), tensor(places.ToArray(), device: device));
        positions = tensor(padded, [sequences.Count, 1, sequences.Longest, 1], device: device);
    }

    public PackedSequences Sequences { get; }

    /// <summary>Tokens of the longest text, the new ones among them.</summary>
    public long Longest { get; }

    /// <summary>The text of each new token, and its place there: [tokens] each.</summary>
    public Tensor Texts { get; }

    public Tensor Places { get; }

    /// <summary>True where a new token sees a token of its text: [texts × 1 × new × <see cref="Longest"/>].</summary>
    /// <param name="window">Tokens that a token sees at most, itself included; null for no limit.</param>
    public Tensor Seen(int? window)
    {
        if (seen is not { } known || known.Window != window)
        {
            Tensor all = arange(Longest, ScalarType.Int64, positions.device);
            Tensor mask = all.le(positions);
            seen = known = (window, window is { } tokens ? mask.logical_and(all.gt(positions.sub(Scalars.Of(tokens)))) : mask);
        }

        return known.Mask;
    }
}
