using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Data;

namespace EdgeFlora.EdgeAgent.Data;

/// <summary>What the agent trains and measures on. Never leaves the process; only counts and a hash do.</summary>
internal sealed class PrivateData
{
    private PrivateData(IReadOnlyList<LabelledText> training, IReadOnlyList<LabelledText> heldOut)
    {
        Training = training;
        HeldOut = heldOut;
        Sha256 = Hash(training, heldOut);
    }

    public IReadOnlyList<LabelledText> Training { get; }

    public IReadOnlyList<LabelledText> HeldOut { get; }

    /// <summary>Tells whether the data changed; lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <exception cref="InvalidDataException">A file is damaged or too small; the message names file and line.</exception>
    public static PrivateData Load(AgentOptions options)
    {
        IReadOnlyList<LabelledText> all = options.DataFile is { Length: > 0 } file ? LabelledTextFile.Read(file) : [];
        if (options.HeldOutFile is { Length: > 0 } heldOut)
        {
            return new PrivateData(all, LabelledTextFile.Read(heldOut));
        }

        int[] order = [.. Enumerable.Range(0, all.Count)];
        SeededRandom.For(options.HeldOutSeed, "held-out").Shuffle<int>(order);
        int held = (int)Math.Ceiling(options.HeldOutFraction * all.Count);
        if (held >= all.Count)
        {
            throw new InvalidDataException($"{options.DataFile} has {all.Count} examples, of which {held} would be held out; at least one must be left to train on.");
        }

        // Both parts stay in the file's order, so that order depends on the data alone.
        HashSet<int> kept = [.. order[..held]];
        return new PrivateData([.. all.Where((_, i) => !kept.Contains(i))], [.. all.Where((_, i) => kept.Contains(i))]);
    }

    /// <summary>The first label of the data that is not among a task's labels; null if there is none.</summary>
    public string? LabelOutside(IReadOnlyList<string> labels)
    {
        var known = labels.ToHashSet(StringComparer.Ordinal);
        return Training.Concat(HeldOut).FirstOrDefault(example => !known.Contains(example.Label))?.Label;
    }

    /// <summary>Examples with labels as indexes into a task's list, which must hold them all.</summary>
    public static IReadOnlyList<Example> Numbered(IReadOnlyList<LabelledText> texts, IReadOnlyList<string> labels)
    {
        var index = labels.Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => pair.i, StringComparer.Ordinal);
        return [.. texts.Select(text => new Example(text.Text, text.TextPair, index[text.Label]))];
    }

    private static string Hash(params IReadOnlyList<LabelledText>[] parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (IReadOnlyList<LabelledText> part in parts)
        {
            hash.AppendData(BitConverter.GetBytes(part.Count));
            foreach (string text in part.SelectMany(p => new[] { p.Text, p.TextPair ?? "", p.Label }))
            {
                byte[] bytes = Encoding.UTF8.GetBytes(text);
                hash.AppendData(BitConverter.GetBytes(bytes.Length));
                hash.AppendData(bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
